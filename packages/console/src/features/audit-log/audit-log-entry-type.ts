import type { AuditRecord } from '@pawprint/record';

/** One entry of the history: its place in the ledger and the audit record it holds. */
export type AuditLogEntry = { readonly index: number; readonly id: string; readonly record: AuditRecord };
