import type { BacktestHistory, EventGroup, GroupSelection, PastEvent } from '@pawprint/detections';
import { type Lake, type TableDefinition, tableKey } from '@pawprint/lake';
import { absent, eventSql, identifier, keySql, literal, selectionSql } from './event-sql.ts';

export interface LakeHistoryOptions {
  readonly lake: Pick<Lake, 'query' | 'results' | 'deleteResults'>;
  readonly table: TableDefinition;
  /** RFC 3339; `to` is no longer in the range. */
  readonly from: string;
  readonly to: string;
  readonly newId: () => string;
  readonly signal: AbortSignal;
}

type Row = Readonly<Record<string, unknown>>;

const limits = { timeMs: 600_000, resultRows: 20_000_000, resultBytes: 20_000_000_000 } as const;

/** Longer lists of keys cost more to send and compare than the events they save. */
const keysLengthMax = 200_000;

const examplesSql =
  '[min(p_ledger_index), max(p_ledger_index), min_by(p_ledger_index, hash(p_ledger_index)), max_by(p_ledger_index, hash(p_ledger_index))]';

/** Events are read in parts of about this many, each in a query of its own, while those before are evaluated. */
const partRows = 100_000;
const pageSize = 2_000;

/** The past of a table made from the ledger, as the lake tells it. */
export function lakeHistory(options: LakeHistoryOptions): BacktestHistory {
  const { table } = options;
  const range = rangeSql(options.from, options.to);
  const source = `${identifier(table.database)}.public.${identifier(table.name)}`;
  const rows = (sql: string) => collect(queryRows(options, sql));

  return {
    async sample(max) {
      const [counted] = await rows(`SELECT count(*) AS n FROM ${source} WHERE ${range}`);
      const some = await rows(`SELECT p_ledger_index FROM ${source} WHERE ${range} LIMIT ${max}`);
      return { count: Number(counted?.n), positions: some.map((row) => Number(row.p_ledger_index)) };
    },
    async groups(within, by, max) {
      const key = keySql(table, by);
      if (key === undefined || isTooLong(within)) return undefined;
      const inside = within === undefined ? '' : ` AND ${selectionSql(table, within)}`;
      const found = await rows(
        `SELECT ${key} AS k, count(*) AS n, ${examplesSql} AS examples FROM ${source} WHERE ${range}${inside} GROUP BY 1 LIMIT ${max + 1}`,
      );
      return found.length > max ? undefined : found.map(groupOf);
    },
    async eventsAt(positions) {
      if (positions.length === 0) return [];
      const found = await rows(
        `SELECT p_ledger_index, ${eventSql(table)} AS event FROM ${source} WHERE ${range} AND p_ledger_index IN (${positions.join(', ')})`,
      );
      const events = new Map(found.map((row) => [Number(row.p_ledger_index), String(row.event)]));
      return positions.map((position) => events.get(position) ?? '{}');
    },
    async *events(selections, count) {
      const chosen =
        selections === undefined || selections.some(isTooLong)
          ? ''
          : ` AND (${selections.map((each) => selectionSql(table, each)).join(' OR ')})`;
      const select = (part: string) =>
        `SELECT p_row_id AS id, epoch_ms(p_event_time) AS at, ${eventSql(table)} AS event FROM ${source} WHERE ${part}${chosen} ORDER BY p_ledger_index`;
      const parts = await timeParts(options, source, Math.ceil(count / partRows));
      const start = (part: string | undefined) =>
        part === undefined ? undefined : startQuery(options, select(part));
      let next = start(parts[0]);
      for (const [at] of parts.entries()) {
        const running = next;
        if (running === undefined) break;
        await running.done;
        next = start(parts[at + 1]);
        try {
          for await (const page of pages(options, running.id)) yield page.map(pastEvent);
        } finally {
          await options.lake.deleteResults(running.id);
        }
      }
    },
  };
}

function isTooLong(selection: GroupSelection | undefined): boolean {
  return (selection?.keys ?? []).reduce((length, key) => length + key.length, 0) > keysLengthMax;
}

function groupOf({ k, n, examples }: Row): EventGroup {
  const positions = new Set((examples as readonly unknown[]).map(Number));
  return { key: k === null ? absent : String(k), count: Number(n), examples: [...positions] };
}

/** Cuts the range into parts of equal time. */
async function timeParts(
  options: LakeHistoryOptions,
  source: string,
  parts: number,
): Promise<readonly string[]> {
  const [ends] = await collect(
    queryRows(
      options,
      `SELECT epoch_us(min(p_event_time)) AS a, epoch_us(max(p_event_time)) AS z FROM ${source} WHERE ${rangeSql(options.from, options.to)}`,
    ),
  );
  if (typeof ends?.a !== 'number' || typeof ends.z !== 'number') return [];
  const [first, past] = [ends.a, ends.z + 1];
  const cut = (at: number) =>
    new Date(Math.floor((first + ((past - first) * at) / parts) / 1000)).toISOString();
  return Array.from({ length: parts }, (_, at) =>
    rangeSql(at === 0 ? options.from : cut(at), at === parts - 1 ? options.to : cut(at + 1)),
  );
}

function rangeSql(from: string, to: string): string {
  const time = (instant: string) => `TIMESTAMP ${literal(instant.replace('T', ' ').replace('Z', ''))}`;
  return `p_event_time >= ${time(from)} AND p_event_time < ${time(to)}`;
}

function startQuery({ lake, table, newId, signal }: LakeHistoryOptions, sql: string) {
  const id = newId();
  const query = lake.query({
    ...{ id, sql, database: table.database, tables: [tableKey(table)], now: new Date(), limits },
  });
  const cancel = () => query.cancel();
  signal.addEventListener('abort', cancel);
  const done = query.done.finally(() => signal.removeEventListener('abort', cancel));
  // Whoever waits for it is told.
  done.catch(() => undefined);
  return { id, done };
}

async function* queryRows(options: LakeHistoryOptions, sql: string): AsyncGenerator<Row> {
  const { id, done } = startQuery(options, sql);
  await done;
  try {
    for await (const page of pages(options, id)) yield* page;
  } finally {
    await options.lake.deleteResults(id);
  }
}

async function* pages({ lake, signal }: LakeHistoryOptions, id: string): AsyncGenerator<readonly Row[]> {
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    signal.throwIfAborted();
    const page: Awaited<ReturnType<Lake['results']>> = await lake.results(id, { offset, pageSize });
    if (page.rows.length > 0) yield page.rows as readonly Row[];
    offset = page.nextOffset;
  }
}

async function collect(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

function pastEvent({ id, at, event }: Row): PastEvent {
  return { id: String(id), atMs: Number(at), json: String(event) };
}
