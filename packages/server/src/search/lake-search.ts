import type { Lake, FieldFilter as LakeFieldFilter, QueryLimits, SearchFilters } from '@pawprint/lake';
import { type ActionResult, actionResultSchema } from '@pawprint/record';
import { addressBlock } from '../followers/history.ts';
import type { LakeCatalogue } from '../lake/catalogue.ts';
import { auditLogTable } from '../lake/lake-loader.ts';
import { readLakePeriod } from '../retention/lake-periods.ts';
import type { Rows } from '../store/store.ts';
import type { RecordCounter } from './record-counts.ts';
import type { FieldFilter, RecordFilter } from './record-filter.ts';
import { everyItem } from './record-path.ts';

/** Ledger indexes, the second not in the range. */
export interface IndexRange {
  readonly from: number;
  readonly end: number;
}

/** What one search of a caller may take. */
export type SearchLimits = Partial<Pick<QueryLimits, 'timeMs' | 'memoryMb'>>;

/** Looks records up in the data lake, as far as it has them. */
export interface LakeSearch {
  /** Where in the ledger it has all records, as far as they were not removed from there. */
  loaded(): Promise<IndexRange>;
  /**
   * Where records are that match, the newest first. What is in the lake may be older than the ledger's own reading.
   * @throws LakeError
   */
  find(
    filter: RecordFilter,
    range: IndexRange,
    page: { readonly limit: number; readonly cursor?: string | undefined; readonly limits?: SearchLimits },
  ): Promise<{ readonly indexes: readonly number[]; readonly next: string | undefined }>;
  /** Adds what matches to the counts. @throws LakeError */
  count(
    filter: RecordFilter,
    range: IndexRange,
    counter: RecordCounter,
    limits?: SearchLimits,
  ): Promise<void>;
}

/** The most frequent values of each kind that are taken into account. */
const valuesMax = 1_000;

export function createLakeSearch(
  lake: Pick<Lake, 'search' | 'histogram'>,
  catalogue: Pick<LakeCatalogue, 'cursor' | 'damagedFiles'>,
  rows: Rows,
): LakeSearch {
  // Whoever may search the audit log may see all of it.
  const request = { table: auditLogTable, tables: [auditLogTable] };
  return {
    async loaded() {
      // Nothing may be missed: where rows are missing here, the ledger is gone through.
      const damaged = await catalogue.damagedFiles(auditLogTable);
      const { removed } = await readLakePeriod(rows, auditLogTable);
      const end = damaged.length > 0 ? 0 : await catalogue.cursor(auditLogTable);
      return { from: removed?.beforeIndex ?? 0, end };
    },
    async find(filter, range, { limit, cursor, limits }) {
      const { rows, nextCursor } = await lake.search({
        ...{ ...request, filters: filtersOf(filter, range), limit },
        ...(cursor !== undefined && { cursor }),
        ...(limits !== undefined && { limits }),
      });
      return { indexes: rows.map(({ p_ledger_index }) => Number(p_ledger_index)), next: nextCursor };
    },
    async count(filter, range, counter, limits) {
      const { spanSeconds, spans, facets } = await lake.histogram({
        ...{ ...request, filters: filtersOf(filter, range), spansMax: 1_000, spansBy: 'actionResult' },
        ...(limits !== undefined && { limits }),
        facets: [
          { path: 'actionName', valuesMax },
          { path: 'sourceIP', valuesMax },
          { path: 'actor.id', labelPath: 'actor.name', valuesMax },
        ],
      });
      counter.coarsen(spanSeconds);
      for (const { from, by, rows } of spans) {
        if (isResult(by)) counter.addSpan(from.getTime() / 1_000, by, rows);
      }
      const [actions = [], addresses = [], actors = []] = facets;
      for (const { value, rows } of actions) if (value !== null) counter.addAction(value, rows);
      for (const { value, rows } of addresses) if (value !== null) counter.addAddress(value, rows);
      for (const { value, label, rows } of actors) {
        if (value !== null) counter.addActor(value, rows, { name: label });
      }
    },
  };
}

function isResult(text: string | null | undefined): text is ActionResult {
  return actionResultSchema.safeParse(text).success;
}

function filtersOf(filter: RecordFilter, { from, end }: IndexRange): SearchFilters {
  const { actorId, actorName, actionName, actionResult, sourceIP, words, fields } = filter;
  const { timestampAfter, timestampBefore } = filter;
  return {
    ledgerIndexes: { from, before: end },
    ...(timestampAfter !== undefined && { from: dateOf(timestampAfter) }),
    // The range ends with the last nanosecond of its millisecond.
    ...(timestampBefore !== undefined && { to: new Date(dateOf(timestampBefore).getTime() + 1) }),
    ...(actorId !== undefined && { actorIds: [actorId] }),
    ...(actorName !== undefined && { actorName }),
    ...(actionName !== undefined && { actionNames: actionName }),
    ...(actionResult !== undefined && { actionResults: actionResult }),
    ...(sourceIP !== undefined && { sourceIPs: [addressBlock(sourceIP)] }),
    ...(words !== undefined && { text: words }),
    ...(fields !== undefined && { fields: fields.map(lakeField) }),
  };
}

function dateOf(timestamp: string): Date {
  return new Date(`${timestamp.slice(0, 10)}T${timestamp.slice(11, 23)}Z`);
}

/** Lists count from 1 in the lake, but where they are in JSON. */
function lakeField({ path, operator, value }: FieldFilter): LakeFieldFilter {
  const isJson = path[0] === 'actionParams' || path[0] === 'actionDetails' || path[0] === 'actor';
  const hasAny = path.includes(everyItem);
  const steps = path.map((step) => {
    if (step === everyItem) return '[*]';
    if (typeof step === 'number') return `[${isJson || hasAny ? step : step + 1}]`;
    return `.${step}`;
  });
  return {
    path: steps.join('').slice(1),
    operator: ({ EQUALS: 'equals', CONTAINS: 'contains', EXISTS: 'exists' } as const)[operator],
    ...(operator !== 'EXISTS' && { value }),
  };
}
