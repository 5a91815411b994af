import { randomUUID } from 'node:crypto';
import { type Lake, type TableDefinition, tableKey } from '@pawprint/lake';

/** Intervals of one length, one after another. */
export interface Intervals {
  /** Where the first begins. */
  readonly from: Date;
  /** Where the last ends at the latest. */
  readonly to: Date;
  readonly minutes: number;
}

/** How many events of a log type happened in the interval that begins at a time. */
export interface EventCount {
  readonly logType: string;
  readonly at: Date;
  readonly count: number;
}

/** Counts what tables of the lake hold; an interval without events is left out. @throws LakeError */
export type CountEvents = (
  tables: readonly TableDefinition[],
  intervals: Intervals,
) => Promise<readonly EventCount[]>;

export function eventCounter(lake: Pick<Lake, 'query' | 'results' | 'deleteResults'>): CountEvents {
  return async (tables, intervals) => {
    if (tables.length === 0) return [];
    const id = `metrics-${randomUUID()}`;
    try {
      const sql = tables.map((table) => countSql(table, intervals)).join(' UNION ALL ');
      const { rowCount } = await lake.query({
        ...{ id, sql, database: 'panther_logs', tables: tables.map(tableKey), now: new Date() },
      }).done;
      const { rows } = await lake.results(id, { offset: 0, pageSize: Math.max(rowCount, 1) });
      return rows.map(({ log_type, starts, events }) => ({
        logType: String(log_type),
        at: new Date(Number(starts)),
        count: Number(events),
      }));
    } finally {
      await lake.deleteResults(id);
    }
  };
}

function countSql(table: TableDefinition, { from, to, minutes }: Intervals): string {
  const [begin, end] = [from, to].map((time) => `TIMESTAMP '${time.toISOString().slice(0, -1)}'`);
  return `SELECT '${table.logType}' AS log_type,
      epoch_ms(time_bucket(to_minutes(${minutes}), p_event_time, ${begin})) AS starts, count(*) AS events
    FROM ${tableKey(table)} WHERE p_event_time >= ${begin} AND p_event_time < ${end} GROUP BY starts`;
}
