import type { LegalHoldRow } from '../../store/tables.ts';

/** A legal hold as callers see it. */
export function asLegalHold(row: LegalHoldRow) {
  return {
    id: row.id,
    from: row.from_index,
    to: row.to_index,
    reason: row.reason,
    createdAt: row.created_at,
    createdBy: row.created_by,
    releasedAt: row.released_at,
    releasedBy: row.released_by,
  };
}
