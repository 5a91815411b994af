import type { TableDefinition } from '@pawprint/lake';
import { mayReadLogType } from '../../access/log-type-access.ts';
import type { Caller } from '../caller.ts';

/** The tables whose log type the caller may see. */
export function visibleTables(
  tables: readonly TableDefinition[],
  caller: Caller,
): readonly TableDefinition[] {
  if (caller.kind === 'anonymous') return [];
  if (caller.kind === 'system') return tables;
  return tables.filter(({ logType }) => mayReadLogType(caller.logTypeAccess, logType));
}

/** Whether the caller may see what somebody else's query found: only if no table is hidden from them. */
export function seesAllTables(tables: readonly TableDefinition[], caller: Caller): boolean {
  return visibleTables(tables, caller).length === tables.length;
}
