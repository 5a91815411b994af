import { ofPerson, type Permission, personal } from '@pawprint/record';
import { emailAddressSchema, emailKey } from '../../access/email-address.ts';
import { queryLimitsOf } from '../../access/query-limits.ts';
import { optionalNameSchema } from '../../access/text-field.ts';
import type { Rows } from '../../store/store.ts';
import type { RoleRow, UserRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import type { ActorObject } from '../actor-object.ts';
import type { Caller } from '../caller.ts';
import { asRole, type Role } from '../role/role.ts';

/** A user as the API shows it. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly role: Role;
  /** Invited and without a password yet, or able to sign in. */
  readonly status: 'FORCE_CHANGE_PASSWORD' | 'CONFIRMED';
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly lastLoggedInAt: string | null;
}

/** Users with their roles; each role column carries the prefix `role_`. */
export function userRows(rows: Rows) {
  return rows
    .selectFrom('users')
    .innerJoin('roles', 'roles.id', 'users.role_id')
    .selectAll('users')
    .select([
      'roles.name as role_name',
      'roles.permissions as role_permissions',
      'roles.log_type_access as role_log_type_access',
      'roles.log_type_access_kind as role_log_type_access_kind',
      'roles.query_limits as role_query_limits',
      'roles.created_at as role_created_at',
      'roles.updated_at as role_updated_at',
      'roles.updated_by as role_updated_by',
    ]);
}

export type UserWithRoleRow = UserRow & {
  [Column in Exclude<keyof RoleRow, 'id' | 'name_key'> as `role_${Column}`]: RoleRow[Column];
};

export function asUser(row: UserWithRoleRow, roleUpdatedBy: ActorObject | null): User {
  return {
    id: row.id,
    email: row.email,
    givenName: row.given_name,
    familyName: row.family_name,
    role: asRole(
      {
        id: row.role_id,
        name: row.role_name,
        name_key: '',
        permissions: row.role_permissions,
        log_type_access: row.role_log_type_access,
        log_type_access_kind: row.role_log_type_access_kind,
        query_limits: row.role_query_limits,
        created_at: row.role_created_at,
        updated_at: row.role_updated_at,
        updated_by: row.role_updated_by,
      },
      roleUpdatedBy,
    ),
    status: row.password_hash === null ? 'FORCE_CHANGE_PASSWORD' : 'CONFIRMED',
    enabled: true,
    createdAt: row.created_at,
    lastLoggedInAt: row.last_logged_in_at,
  };
}

/** The caller that a user is. */
export function asCaller(row: UserWithRoleRow): Caller & { kind: 'user' } {
  return {
    kind: 'user',
    id: row.id,
    email: row.email,
    givenName: row.given_name,
    familyName: row.family_name,
    roleId: row.role_id,
    roleName: row.role_name,
    permissions: new Set<Permission>(JSON.parse(row.role_permissions)),
    logTypeAccess: { kind: row.role_log_type_access_kind, logTypes: JSON.parse(row.role_log_type_access) },
    queryLimits: queryLimitsOf({ query_limits: row.role_query_limits }),
  };
}

/** The fields of a user by which people know them. */
export const personFields = {
  email: personal(emailAddressSchema),
  givenName: personal(optionalNameSchema),
  familyName: personal(optionalNameSchema),
};

/** How rows and keys refer to a user. */
export function userReference(id: string): `USER:${string}` {
  return `USER:${id}`;
}

/** What a record tells of a user before and after a change. */
export function userDetails(row: UserWithRoleRow): Record<string, unknown> {
  const subject = userReference(row.id);
  return {
    id: row.id,
    email: ofPerson(subject, row.email),
    givenName: ofPerson(subject, row.given_name),
    familyName: ofPerson(subject, row.family_name),
    roleId: row.role_id,
    roleName: row.role_name,
  };
}

/** @throws ActionError NOT_FOUND naming `field`. */
export async function requireUser(rows: Rows, id: string, field: string): Promise<UserWithRoleRow> {
  const row = await userRows(rows).where('users.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new ActionError('NOT_FOUND', `There is no user ${id}`, { field });
  return row;
}

/** @throws ActionError ALREADY_EXISTS when somebody else has the address, in any letter case. */
export async function requireFreeEmail(rows: Rows, email: string, exceptId?: string): Promise<void> {
  const other = await rows
    .selectFrom('users')
    .select('id')
    .where('email_key', '=', emailKey(email))
    .executeTakeFirst();
  if (other !== undefined && other.id !== exceptId) {
    throw new ActionError('ALREADY_EXISTS', `There is already a user with the e-mail address ${email}`, {
      field: 'input.email',
      about: userReference(other.id),
    });
  }
}

/**
 * At least one user must be left who can sign in and manage users, or nobody could ever let anybody in again.
 * Called after the change, inside its transaction.
 * @throws ActionError CONFLICT
 */
export async function requireAdministratorLeft(rows: Rows): Promise<void> {
  const users = await userRows(rows).where('users.password_hash', 'is not', null).execute();
  if (!users.some((user) => asCaller(user).permissions.has('UserModify'))) {
    throw new ActionError(
      'CONFLICT',
      'This would leave no user who can sign in and has the permission UserModify',
    );
  }
}
