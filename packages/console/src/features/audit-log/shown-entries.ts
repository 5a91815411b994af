import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { createContext, useContext } from 'react';
import { auditLogEntryKey } from './audit-log-entry-query.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import type { AuditLogSearch } from './audit-log-filters.ts';

/** The entries of the list behind an opened one, as far as they are loaded. */
export type ShownEntries = {
  readonly rowAt: (row: number) => AuditLogEntry | undefined;
  /** The row of the entry with a ledger index. */
  readonly rowOf: (index: number) => number | undefined;
};

export const ShownEntriesContext = createContext<ShownEntries>({
  rowAt: () => undefined,
  rowOf: () => undefined,
});

/** The entries before and after one in the list, as far as they are loaded. */
export function useNeighbours(index: number): { newer?: AuditLogEntry; older?: AuditLogEntry } {
  const { rowAt, rowOf } = useContext(ShownEntriesContext);
  const row = rowOf(index);
  if (row === undefined) return {};
  const [newer, older] = [rowAt(row - 1), rowAt(row + 1)];
  return { ...(newer && { newer }), ...(older && { older }) };
}

/** Opens an entry that the list has: nothing is read again. */
export function useOpenEntry(search: AuditLogSearch) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (entry: AuditLogEntry, options: { readonly replace?: boolean } = {}) => {
    queryClient.setQueryData(auditLogEntryKey(entry.index), entry);
    const params = { index: String(entry.index) };
    void navigate({ to: '/audit-log/$index', params, search, ...options });
  };
}
