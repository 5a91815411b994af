/** Where an entry is kept once it was read, in the list or by itself: opening a row reads nothing again. */
export function auditLogEntryKey(index: number): readonly ['audit-log-entry', number] {
  return ['audit-log-entry', index];
}
