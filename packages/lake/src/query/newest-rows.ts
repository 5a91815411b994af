import type { DuckDBConnection } from '@duckdb/node-api';
import { stepsBack } from '../planning/newest-first.ts';
import type { Plan, PlannedTable } from '../planning/plan.ts';
import { printSql } from '../sql/syntax-tree.ts';
import type { QueryInstance } from './query-instance.ts';

/**
 * The tables of a plan, of which one that only its newest rows are wanted of is cut to the files and the time that hold these. Looking
 * for them reads few columns; whole rows, which take twenty times as long, are read of those files alone.
 * @param parser a DuckDB that reads no data.
 */
export async function tablesOf(
  { tables, newest }: Plan,
  instance: QueryInstance,
  parser: DuckDBConnection,
): Promise<readonly PlannedTable[]> {
  const [table] = tables;
  if (table === undefined || newest === undefined) return tables;
  const times = await printSql(parser, newest.times);
  const sql = `SELECT count(*), epoch_us(min(p_event_time)) FROM (${times})`;
  try {
    for (const { parts, after } of stepsBack(table.parts)) {
      await instance.show([{ ...table, parts, after }]);
      const found = await instance.connection.runAndReadAll(sql);
      const [count, earliest] = found.getRows()[0] ?? [];
      if (Number(count) >= newest.rows && typeof earliest === 'bigint') return [from(table, earliest)];
    }
  } catch {
    // A condition may name a column of the result, which is not asked for here. What else is wrong the statement itself will tell.
  }
  return tables;
}

function from(table: PlannedTable, time: bigint): PlannedTable {
  const parts = table.parts.filter(({ file }) => file.eventTimeMax >= time);
  return { ...table, parts, after: time - 1n };
}
