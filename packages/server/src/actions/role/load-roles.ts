import * as z from 'zod';
import { logTypeAccessProblem } from '../../access/log-type-access.ts';
import { queryLimitsOf } from '../../access/query-limits.ts';
import { nameKey } from '../../access/text-field.ts';
import type { Rows } from '../../store/store.ts';
import type { RoleRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { loadActors } from '../actor-object.ts';
import { asRole, type Role } from './role.ts';

/** How the API names a role: by id, or by name in any letter case. */
export const roleReference = z.strictObject({ kind: z.enum(['ID', 'NAME']), value: z.string().max(256) });
export type RoleReference = z.infer<typeof roleReference>;

/** Roles by name; narrowed to those whose name contains a text, in any letter case. */
export async function loadRoles(rows: Rows, nameContains = ''): Promise<readonly Role[]> {
  const found = await rows.selectFrom('roles').selectAll().orderBy('name_key').execute();
  return asRoles(
    rows,
    found.filter((row) => row.name_key.includes(nameContains.toLowerCase())),
  );
}

export async function asRoles(rows: Rows, found: readonly RoleRow[]): Promise<readonly Role[]> {
  const actor = await loadActors(
    rows,
    found.map((row) => row.updated_by),
  );
  return found.map((row) => asRole(row, actor(row.updated_by)));
}

/** @throws ActionError NOT_FOUND naming `field`. */
export async function requireRole(
  rows: Rows,
  { kind, value }: RoleReference,
  field: string,
): Promise<RoleRow> {
  const row = await rows
    .selectFrom('roles')
    .selectAll()
    .where(kind === 'ID' ? 'id' : 'name_key', '=', kind === 'ID' ? value : nameKey(value))
    .executeTakeFirst();
  if (row === undefined) throw new ActionError('NOT_FOUND', `There is no role ${value}`, { field });
  return row;
}

/** What a record tells of a role before and after a change. */
export function roleDetails(row: RoleRow): Record<string, unknown> {
  return {
    id: row.id,
    name: row.name,
    permissions: JSON.parse(row.permissions),
    logTypeAccessKind: row.log_type_access_kind,
    logTypeAccess: JSON.parse(row.log_type_access),
    queryLimits: queryLimitsOf(row),
  };
}

/** @throws ActionError ALREADY_EXISTS when another role has the name, in any letter case. */
export async function requireFreeRoleName(rows: Rows, name: string, exceptId?: string): Promise<void> {
  const other = await rows
    .selectFrom('roles')
    .select('id')
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (other !== undefined && other.id !== exceptId) {
    throw new ActionError('ALREADY_EXISTS', `There is already a role named ${name}`, { field: 'input.name' });
  }
}

/** ALLOW and DENY name log types; ALLOW_ALL and DENY_ALL name none. @throws ActionError INVALID_INPUT */
export function checkLogTypeAccess(kind: RoleRow['log_type_access_kind'], logTypes: readonly string[]): void {
  const field = 'input.logTypeAccess';
  const problem = logTypeAccessProblem({ kind, logTypes });
  if (problem !== undefined) throw new ActionError('INVALID_INPUT', `${field}: ${problem}`, { field });
}
