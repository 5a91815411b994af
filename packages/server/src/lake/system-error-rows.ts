import type { SystemErrorRow } from '../store/tables.ts';

/** The table that tells of each system error when it is reported and when it is resolved. */
export const systemErrorsTable = 'panther_monitor.system_errors';

/** Its row for what became of an error now. @param rowId 32 hexadecimal digits. */
export function systemErrorRow(
  event: 'REPORTED' | 'RESOLVED',
  { id, kind, subject, message, reported_at, resolved_at }: SystemErrorRow,
  rowId: string,
): Record<string, unknown> {
  const at = event === 'RESOLVED' ? resolved_at : reported_at;
  return {
    ...{ error_id: id, event, kind, subject, message },
    reported_at: timestamp(reported_at),
    resolved_at: timestamp(resolved_at),
    p_row_id: rowId,
    p_event_time: timestamp(at),
  };
}

/** As the lake takes it. */
function timestamp(instant: string | null): string | null {
  return instant === null ? null : instant.replace('T', ' ').replace('Z', '');
}
