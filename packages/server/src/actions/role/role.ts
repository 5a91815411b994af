import { type LogTypeAccessKind, logTypeAccessKinds, type Permission, permissions } from '@pawprint/record';
import * as z from 'zod';
import { type QueryLimits, queryLimitsOf, queryLimitsSchema } from '../../access/query-limits.ts';
import { nameSchema } from '../../access/text-field.ts';
import type { RoleRow } from '../../store/tables.ts';
import type { ActorObject } from '../actor-object.ts';

/** A role as the API shows it. */
export interface Role {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly logTypeAccess: readonly string[];
  readonly logTypeAccessKind: LogTypeAccessKind;
  readonly queryLimits: QueryLimits;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly updatedBy: ActorObject | null;
}

export function asRole(row: RoleRow, updatedBy: ActorObject | null): Role {
  return {
    id: row.id,
    name: row.name,
    permissions: JSON.parse(row.permissions),
    logTypeAccess: JSON.parse(row.log_type_access),
    logTypeAccessKind: row.log_type_access_kind,
    queryLimits: queryLimitsOf(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy,
  };
}

const permissionNames = permissions.map(({ name }) => name);

/** The permissions of a role or token, without repetition and in the published order. */
export const permissionList = z
  .array(z.enum(permissionNames as [Permission, ...Permission[]]))
  .max(200)
  .transform((list) => permissionNames.filter((name) => list.includes(name)));

/** The fields of a role that a caller chooses. */
export const roleFields = {
  name: nameSchema,
  permissions: permissionList,
  logTypeAccess: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9_.]{0,254}$/, 'not a log type name such as AWS.CloudTrail'))
    .max(1_000)
    .nullish(),
  logTypeAccessKind: z.enum(logTypeAccessKinds).nullish(),
  queryLimits: queryLimitsSchema,
};
