import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult, type DuckDBValue } from '@duckdb/node-api';
import type { Run } from '../engine/serve.ts';
import { tableFolder } from '../files/layout.ts';
import { IndexError } from '../index/index-file.ts';
import { LakeError } from '../lake-error.ts';
import { type FilePart, type PlannedFile, rowsIn } from '../planning/file-parts.ts';
import { type Plan, planStatement } from '../planning/plan.ts';
import { createResultWriter, type ResultWriter, spillDirectory } from '../results/result-store.ts';
import { checkStatement, type Statement } from '../sql/statement.ts';
import { tableKey } from '../tables/table-definition.ts';
import { queryError } from './duckdb-errors.ts';
import { tablesOf } from './newest-rows.ts';
import { openQueryInstance, type QueryInstance, type Walls } from './query-instance.ts';
import type { QueryOutcome, QueryProgress, QueryRequest, QueryTable, ResultColumn } from './query-request.ts';
import { resultColumns, resultValue } from './result-values.ts';

const progressMs = 250;

/**
 * Runs one query and leaves its result on disk.
 * @throws LakeError.
 */
export async function runQuery(request: QueryRequest, run: Run<QueryProgress>): Promise<QueryOutcome> {
  const startedAt = performance.now();
  try {
    const statement = await check(request);
    const plan = await planOf(statement, request);
    const { resultsDirectory, id } = request;
    using instance = await openQueryInstance(wallsOf(request), spillDirectory(resultsDirectory, process.pid));
    await using writer = await createResultWriter(resultsDirectory, id);
    const columns = await execute(instance, plan, statement, writer, request, run);
    const outcome = {
      rowCount: writer.rows,
      bytesScanned: plan.tables
        .flatMap(({ parts }) => parts.map(bytesOf))
        .reduce((sum, bytes) => sum + bytes, 0),
      executionTimeMs: Math.round(performance.now() - startedAt),
      columns,
      warnings: neededTables(request.tables, statement).flatMap(({ warnings }) => warnings),
    };
    await writer.finish(outcome);
    instance.keep();
    return outcome;
  } catch (error) {
    throw queryError(error, request);
  }
}

/** Those of all that the caller may read. */
function wallsOf({ tables, limits: { memoryMb, spillMb }, lakeDirectory }: QueryRequest): Walls {
  const definitions = tables.map(({ definition }) => definition);
  return {
    ...{ memoryMb, spillMb },
    databases: [...new Set(definitions.map(({ database }) => database))],
    directories: definitions.map((table) => join(lakeDirectory, tableFolder(table))),
  };
}

function bytesOf({ file, ranges }: FilePart): number {
  return ranges === undefined ? file.bytes : Math.ceil((file.bytes * rowsIn(ranges)) / file.rows);
}

async function planOf(statement: Statement, request: QueryRequest): Promise<Plan> {
  const tables = neededTables(request.tables, statement);
  return planStatement(await theParser(), statement.tree, tables, removeDamaged);
}

/** A damaged index is removed, so that it is found missing and made anew. */
function removeDamaged({ indexPath }: PlannedFile, error: unknown): void {
  if (indexPath !== undefined && error instanceof IndexError && error.isDamage)
    rmSync(indexPath, { force: true });
}

/** The tables a statement names, and those behind the views it names, which come first. */
function neededTables(tables: readonly QueryTable[], statement: Statement): readonly QueryTable[] {
  const named = statement.tables.flatMap(({ unites = [] }) => unites);
  const isNeeded = ({ definition }: QueryTable): boolean =>
    statement.tables.includes(definition) || named.includes(tableKey(definition));
  return tables.filter(isNeeded);
}

let parser: DuckDBConnection | undefined;

/** A DuckDB that never runs a user's SQL, except for constant times. */
async function theParser(): Promise<DuckDBConnection> {
  parser ??= await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  return parser;
}

async function check({ sql, database, now, tables }: QueryRequest): Promise<Statement> {
  return checkStatement(await theParser(), sql, {
    tables: tables.map(({ definition }) => definition),
    database,
    now,
  });
}

async function execute(
  instance: QueryInstance,
  plan: Plan,
  { sql }: Statement,
  writer: ResultWriter,
  { limits }: QueryRequest,
  { signal, progress }: Run<QueryProgress>,
): Promise<readonly ResultColumn[]> {
  const { connection } = instance;
  const report = setInterval(() => {
    const { percentage } = connection.progress;
    progress({ rows: writer.rows, bytes: writer.bytes, percentage: percentage < 0 ? undefined : percentage });
  }, progressMs);
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    signal.throwIfAborted();
    await instance.show(await tablesOf(plan, instance, await theParser()));
    signal.throwIfAborted();
    const result = await connection.stream(sql);
    if (result.columnCount > limits.resultColumns)
      throw new LakeError('result_too_large', `the result has more than ${limits.resultColumns} columns`);
    const columns = resultColumns(result.columnNames(), result.columnTypes());
    await writeRows(result, columns, writer, limits, signal);
    return columns;
  } finally {
    clearInterval(report);
    signal.removeEventListener('abort', interrupt);
  }
}

async function writeRows(
  result: DuckDBResult,
  columns: readonly ResultColumn[],
  writer: ResultWriter,
  limits: QueryRequest['limits'],
  signal: AbortSignal,
): Promise<void> {
  const types = result.columnTypes();
  const keys = columns.map(({ name }) => JSON.stringify(name));
  // The row's values and not DuckDB's own conversion, which forgets that a column is JSON.
  const toJson = (row: readonly DuckDBValue[]): string => {
    const members = types.map(
      (type, at) => `${keys[at]}:${JSON.stringify(resultValue(row[at] ?? null, type, resultValue))}`,
    );
    return `{${members.join(',')}}`;
  };
  for await (const rows of result.yieldRows()) {
    signal.throwIfAborted();
    if (writer.rows + rows.length > limits.resultRows) throw tooLarge(`${limits.resultRows} rows`);
    await writer.append(rows.map(toJson));
    if (writer.bytes > limits.resultBytes) throw tooLarge(`${limits.resultBytes} bytes`);
  }
}

function tooLarge(limit: string): LakeError {
  return new LakeError(
    'result_too_large',
    `the result has more than ${limit}; narrow the query or add a LIMIT`,
  );
}
