import { follow, parseKeyPath, type Step } from '../expressions/key-path.ts';
import { isCovered, type Read } from '../runtime/trace.ts';
import type { LookupRow, LookupTable } from './lookup-table.ts';
import { lookupKey } from './read-lookup-rows.ts';

/** By table and selector, the row that the event's value there is the key of; a list of them where the selector gives a list. */
export type Enrichment = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Selector {
  readonly table: string;
  readonly text: string;
  readonly steps: readonly Step[];
  readonly rows: ReadonlyMap<string, LookupRow>;
}

/** Finds rows of lookup tables, by themselves and for events. */
export class Lookups {
  readonly #tables: ReadonlyMap<string, ReadonlyMap<string, LookupRow>>;
  readonly #selectors: ReadonlyMap<string, readonly Selector[]>;

  constructor(tables: readonly LookupTable[]) {
    this.#tables = new Map(tables.map(({ id, rows }) => [id, new Map(rows)]));
    const selectors = tables.flatMap(({ id, selectors: own }) =>
      own.map(({ logType, selector }) => ({
        logType,
        table: id,
        text: selector,
        steps: parseKeyPath(selector) ?? [],
        rows: this.#tables.get(id) ?? new Map(),
      })),
    );
    this.#selectors = Map.groupBy(selectors, ({ logType }) => logType);
  }

  /**
   * The row with a key, or null.
   * @throws Error where there is no such table, as a rule with its name misspelt would never match.
   */
  find(table: unknown, key: unknown): LookupRow | null {
    const rows = this.#tables.get(String(table));
    if (rows === undefined) throw new Error(`there is no lookup table ${table} that is on`);
    return rows.get(lookupKey(key) ?? '') ?? null;
  }

  /** What the tables know of an event of a log type; undefined if nothing. */
  enrichmentOf(event: object, logType: string): Enrichment | undefined {
    const found = (this.#selectors.get(logType) ?? []).flatMap(({ table, text, steps, rows }) => {
      const rowsFound = rowsOf(follow(event, steps), rows);
      return rowsFound === undefined ? [] : [{ table, text, rowsFound }];
    });
    if (found.length === 0) return undefined;
    return Object.fromEntries(
      [...Map.groupBy(found, ({ table }) => table)].map(([table, own]) => [
        table,
        Object.fromEntries(own.map(({ text, rowsFound }) => [text, rowsFound])),
      ]),
    );
  }

  /** Events, each as JSON text, with `p_enrichment`. What an event says of a table itself stays. */
  enrich(events: readonly string[], source: string): readonly string[] {
    if (this.#selectors.size === 0) return events;
    return events.map((text) => {
      const event: unknown = JSON.parse(text);
      if (typeof event !== 'object' || event === null) return text;
      const enrichment = this.enrichmentOf(event, logTypeOf(event, source));
      return enrichment === undefined
        ? text
        : JSON.stringify({ ...event, p_enrichment: { ...enrichment, ...ownEnrichment(event) } });
    });
  }

  /**
   * Where in an event somebody looked who saw it enriched: who looked at `p_enrichment` looked at all of it, and at all that it was
   * made of.
   */
  readsOf(reads: readonly Read[], text: string, source: string): readonly Read[] {
    if (this.#selectors.size === 0 || !reads.some(isEnrichment)) return reads;
    const behind = this.#placesBehind(logTypeOf(JSON.parse(text), source));
    if (behind.length === 0) return reads;
    return reads.flatMap((read) =>
      isEnrichment(read) ? [{ path: read.path.slice(0, 1), whole: true }, ...behind] : [read],
    );
  }

  /** The places of which an enriched event tells what is there: of `p_enrichment` only if it tells of all that is behind it. */
  knownOf(known: readonly Read[], source: string): readonly Read[] {
    const isBehindKnown = this.#placesBehind(source).every((read) => isCovered(known, read));
    return isBehindKnown ? known : known.filter((read) => !isEnrichment(read));
  }

  #placesBehind(logType: string): readonly Read[] {
    return (this.#selectors.get(logType) ?? []).map(({ steps }) => {
      const end = steps.findIndex((step) => typeof step === 'number' || step === '[*]');
      return { path: steps.slice(0, end < 0 ? steps.length : end).map(String), whole: true };
    });
  }
}

function isEnrichment({ path: [key] }: Read): boolean {
  return key?.toLowerCase() === 'p_enrichment';
}

/** What an event says itself. */
export function ownEnrichment(event: object): Enrichment {
  const own = 'p_enrichment' in event ? event.p_enrichment : null;
  return typeof own === 'object' && own !== null ? (own as Enrichment) : {};
}

/** Rows of a query are of the log type they say. */
function logTypeOf(event: object, source: string): string {
  return 'p_log_type' in event && typeof event.p_log_type === 'string' ? event.p_log_type : source;
}

function rowsOf(value: unknown, rows: ReadonlyMap<string, LookupRow>): unknown {
  if (Array.isArray(value)) {
    const found = [...new Set(value)].flatMap((each) => rowsOf(each, rows) ?? []);
    return found.length === 0 ? undefined : found;
  }
  const row = rows.get(lookupKey(value) ?? '');
  return row === undefined ? undefined : { ...row, p_match: value };
}
