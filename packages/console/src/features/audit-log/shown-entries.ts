import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { createContext, useContext } from 'react';
import { auditLogEntryKey } from './audit-log-entry-query.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import type { AuditLogSearch } from './audit-log-filters.ts';

/** The entries of the list behind an opened one, newest first. */
export const ShownEntries = createContext<readonly AuditLogEntry[]>([]);

/** The entries before and after one in the list, as far as they are shown. */
export function useNeighbours(index: number): { newer?: AuditLogEntry; older?: AuditLogEntry } {
  const shown = useContext(ShownEntries);
  const position = shown.findIndex((entry) => entry.index === index);
  if (position < 0) return {};
  const [newer, older] = [shown[position - 1], shown[position + 1]];
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
