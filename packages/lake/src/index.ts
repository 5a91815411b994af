export type { Catalogue, CatalogueChange, LakeFile } from './catalogue.ts';
export type { AppendBatch, AppendOutcome } from './files/loader.ts';
export type { ReplacedEntry } from './files/replace-rows.ts';
export {
  type Lake,
  type LakeOptions,
  type LakeQuery,
  openLake,
  type RunningQuery,
} from './lake.ts';
export { LakeError, type LakeErrorCode } from './lake-error.ts';
export type { QueryLimits, QueryOutcome, QueryProgress, ResultColumn } from './query/query-request.ts';
export type { ResultPage } from './results/result-store.ts';
export { pantherAuditEvent } from './tables/panther-audit.ts';
export { type Column, type LoadContext, type TableDefinition, tableKey } from './tables/table-definition.ts';
