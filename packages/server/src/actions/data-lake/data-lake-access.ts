import type { TableDefinition } from '@pawprint/lake';
import { mayReadLogType } from '../../access/log-type-access.ts';
import type { Caller } from '../caller.ts';

/**
 * The tables whose log type the caller may see; what is of no log type, only if they may see all there are. A view shows each caller
 * what they may see of its tables.
 */
export function visibleTables(
  tables: readonly TableDefinition[],
  caller: Caller,
): readonly TableDefinition[] {
  if (caller.kind === 'anonymous') return [];
  if (caller.kind === 'system') return tables;
  const mayRead = ({ logType }: TableDefinition): boolean =>
    logType === null || mayReadLogType(caller.logTypeAccess, logType);
  const mayReadAll = tables.every(mayRead);
  return tables.filter((table) =>
    table.logType === null ? table.unites !== undefined || mayReadAll : mayRead(table),
  );
}

/** Whether the caller may see what somebody else's query found: only if no table is hidden from them. */
export function seesAllTables(tables: readonly TableDefinition[], caller: Caller): boolean {
  return visibleTables(tables, caller).length === tables.length;
}
