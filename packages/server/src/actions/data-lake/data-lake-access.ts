import type { TableDefinition } from '@pawprint/lake';
import { mayReadLogType } from '../../access/log-type-access.ts';
import type { Caller } from '../caller.ts';

/**
 * The tables whose log type the caller may see; what is of no log type, only if they may see all. A view shows each caller
 * what they may see of its tables.
 */
export function visibleTables(
  tables: readonly TableDefinition[],
  caller: Caller,
): readonly TableDefinition[] {
  if (caller.kind === 'anonymous') return [];
  if (caller.kind === 'system') return tables;
  const { logTypeAccess } = caller;
  return tables.filter(({ logType, unites }) => {
    if (unites !== undefined) return true;
    return logType === null ? logTypeAccess.kind === 'ALLOW_ALL' : mayReadLogType(logTypeAccess, logType);
  });
}

/** Whether the caller may see what somebody else's query found: only if no table is hidden from them. */
export function seesAllTables(tables: readonly TableDefinition[], caller: Caller): boolean {
  return visibleTables(tables, caller).length === tables.length;
}
