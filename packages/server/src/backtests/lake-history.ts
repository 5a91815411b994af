import {
  type BacktestHistory,
  type GroupSelection,
  knownEvent,
  type PastEvent,
  type PlaceValues,
  type Read,
} from '@pawprint/detections';
import { type Lake, type TableDefinition, tableKey } from '@pawprint/lake';
import { eventSql, identifier, literal, type Place, placeOf, selectionSql } from './event-sql.ts';

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

/** Events are read in parts of about this many, each in a query of its own, while those before are evaluated. */
const partRows = 100_000;
const pageSizes = { whole: 2_000, narrow: 10_000 } as const;

/** The past of a table made from the ledger, as the lake tells it. */
export function lakeHistory(options: LakeHistoryOptions): BacktestHistory {
  const { table } = options;
  const range = rangeSql(options.from, options.to);
  const source = `${identifier(table.database)}.public.${identifier(table.name)}`;
  const rows = (sql: string) => collect(queryRows(options, sql));
  const chosenSql = (selections: readonly GroupSelection[] | undefined) =>
    selections === undefined
      ? ''
      : ` AND (${selections.map((each) => selectionSql(table, each)).join(' OR ')})`;
  /** By position. */
  const textsOf = async (events: readonly PastEvent[], sql: string): Promise<ReadonlyMap<number, string>> => {
    const times = events.map(({ atMs }) => atMs);
    const between = rangeSql(
      isoTime(times.reduce((one, other) => Math.min(one, other))),
      isoTime(times.reduce((one, other) => Math.max(one, other)) + 1),
    );
    const positions = events.map(({ position }) => position).join(', ');
    const found = await rows(
      `SELECT p_ledger_index AS position, ${sql} AS told FROM ${source} WHERE ${between} AND p_ledger_index IN (${positions})`,
    );
    return new Map(found.map(({ position, told }) => [Number(position), String(told)]));
  };

  return {
    async count() {
      const [counted] = await rows(`SELECT count(*) AS n FROM ${source} WHERE ${range}`);
      return Number(counted?.n);
    },
    async groups(within, by, max) {
      const places = by.map((read) => placeOf(table, read));
      if (!places.every((place) => place !== undefined)) return undefined;
      const found = await rows(
        `SELECT ${valuesSql(places)}, count(*) AS n FROM ${source} WHERE ${range} AND ${selectionSql(table, within)} GROUP BY ${places.map(({ sql }) => sql).join(', ')} LIMIT ${max + 1}`,
      );
      return found.length > max
        ? undefined
        : found.map(({ held, n }) => ({ values: held as PlaceValues, count: Number(n) }));
    },
    tells: (place) => placeOf(table, place) !== undefined,
    async some(selections, max) {
      const found = await rows(
        `SELECT ${eventSql(table)} AS event FROM ${source} WHERE ${range}${chosenSql(selections)} LIMIT ${max}`,
      );
      return found.map((row) => String(row.event));
    },
    async whole(events) {
      const texts = await textsOf(events, eventSql(table));
      return events.map(({ position }) => texts.get(position) ?? '{}');
    },
    async idsOf(events) {
      const ids = await textsOf(events, 'p_row_id');
      return events.map(({ position }) => ids.get(position) ?? '');
    },
    async *events(selections, count, { places, named }) {
      const kind = places === undefined ? 'whole' : 'narrow';
      const parts = await timeParts(options, source, Math.ceil(count / partRows));
      const start = (part: string | undefined) => {
        if (part === undefined) return undefined;
        const known = places && [...places];
        const held =
          known === undefined
            ? `${eventSql(table)} AS event`
            : valuesSql(known.map((read) => placeOf(table, read)));
        const sql = `SELECT ${named ? 'p_row_id AS id, ' : ''}p_ledger_index AS position, epoch_ms(p_event_time) AS at, ${held} FROM ${source} WHERE ${part}${chosenSql(selections)} ORDER BY p_ledger_index`;
        return { ...startQuery(options, sql), places: known };
      };
      let next = start(parts[0]);
      for (const [at] of parts.entries()) {
        const running = next;
        if (running === undefined) break;
        await running.done;
        next = start(parts[at + 1]);
        const { id, places: known } = running;
        try {
          for await (const page of pages(options, id, pageSizes[kind]))
            yield { events: page.map((row) => pastEvent(row, known)), places: known };
        } finally {
          await options.lake.deleteResults(id);
        }
      }
    },
  };
}

function valuesSql(places: readonly (Place | undefined)[]): string {
  return `[${places.map((place) => place?.value ?? 'NULL').join(', ')}]::VARCHAR[] AS held`;
}

/** Cuts the range into parts of equal time. */
async function timeParts(
  options: LakeHistoryOptions,
  source: string,
  parts: number,
): Promise<readonly string[]> {
  if (parts === 1) return [rangeSql(options.from, options.to)];
  const [ends] = await collect(
    queryRows(
      options,
      `SELECT epoch_us(min(p_event_time)) AS a, epoch_us(max(p_event_time)) AS z FROM ${source} WHERE ${rangeSql(options.from, options.to)}`,
    ),
  );
  if (typeof ends?.a !== 'number' || typeof ends.z !== 'number') return [];
  const [first, past] = [ends.a, ends.z + 1];
  const cut = (at: number) => isoTime(Math.floor((first + ((past - first) * at) / parts) / 1000));
  return Array.from({ length: parts }, (_, at) =>
    rangeSql(at === 0 ? options.from : cut(at), at === parts - 1 ? options.to : cut(at + 1)),
  );
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
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
    for await (const page of pages(options, id, pageSizes.whole)) yield* page;
  } finally {
    await options.lake.deleteResults(id);
  }
}

async function* pages(
  { lake, signal }: LakeHistoryOptions,
  id: string,
  pageSize: number,
): AsyncGenerator<readonly Row[]> {
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

function pastEvent({ id, position, at, event, held }: Row, places: readonly Read[] | undefined): PastEvent {
  const json = places === undefined ? String(event) : knownEvent(places, held as PlaceValues);
  return {
    ...{ id: id === undefined ? undefined : String(id), position: Number(position) },
    ...{ atMs: Number(at), json },
  };
}
