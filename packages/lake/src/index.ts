export type { Catalogue, CatalogueChange, DamagedFile, LakeFile } from './catalogue.ts';
export type { PlacedEntry } from './files/append-entries.ts';
export type { AppendBatch, AppendOutcome, Expiry, RowBatch } from './files/loader.ts';
export {
  defaultLimits,
  type Lake,
  type LakeOptions,
  type LakeQuery,
  openLake,
  type ResultWorkOptions,
  type RunningQuery,
} from './lake.ts';
export { LakeError, type LakeErrorCode } from './lake-error.ts';
export { hiveColumns, symlinkFormat } from './mirror/hive-table.ts';
export { Mirror, type MirrorObjects, type MirrorOptions } from './mirror/mirror.ts';
export type { QueryLimits, QueryOutcome, QueryProgress, ResultColumn } from './query/query-request.ts';
export type { KeptResult, ResultPage } from './results/result-store.ts';
export type { ColumnSummary } from './results/result-work.ts';
export type {
  Facet,
  FacetCount,
  FieldFilter,
  Histogram,
  HistogramCounts,
  Search,
  SearchFilters,
  SearchPage,
  SpanCount,
} from './search/search.ts';
export { type FunctionKind, namedFunctions } from './sql/functions.ts';
export { pantherAuditEvent } from './tables/panther-audit.ts';
export { type Column, type LoadContext, type TableDefinition, tableKey } from './tables/table-definition.ts';
