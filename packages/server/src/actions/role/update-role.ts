import * as z from 'zod';
import { queryLimitsText } from '../../access/query-limits.ts';
import { nameKey } from '../../access/text-field.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { requireAdministratorLeft } from '../user/user.ts';
import { asRoles, checkLogTypeAccess, requireFreeRoleName, requireRole, roleDetails } from './load-roles.ts';
import { roleFields } from './role.ts';

/** The list of permissions, and the limits of queries, where given, replace the old ones. */
export const updateRole = defineChange({
  name: 'UPDATE_USER_ROLE',
  requires: 'UserModify',
  input: z.strictObject({
    input: z.strictObject({
      id: z.string().max(256),
      name: roleFields.name.nullish(),
      permissions: roleFields.permissions.nullish(),
      logTypeAccess: roleFields.logTypeAccess,
      logTypeAccessKind: roleFields.logTypeAccessKind,
      queryLimits: roleFields.queryLimits,
    }),
  }),
  async run({ transactor, caller, now, annotate }, { input }) {
    const before = await requireRole(transactor, { kind: 'ID', value: input.id }, 'input.id');
    if (input.name != null) await requireFreeRoleName(transactor, input.name, before.id);
    const kind = input.logTypeAccessKind ?? before.log_type_access_kind;
    const kept = kind === before.log_type_access_kind ? JSON.parse(before.log_type_access) : [];
    const logTypes: readonly string[] = input.logTypeAccess ?? kept;
    checkLogTypeAccess(kind, logTypes);
    if (
      caller.kind === 'user' &&
      caller.roleId === before.id &&
      input.permissions?.includes('UserModify') === false
    ) {
      throw new ActionError('CONFLICT', 'You can not take the permission UserModify from yourself', {
        field: 'input.permissions',
      });
    }
    const after = await transactor
      .updateTable('roles')
      .set({
        ...(input.name != null && { name: input.name, name_key: nameKey(input.name) }),
        ...(input.permissions != null && { permissions: JSON.stringify(input.permissions) }),
        log_type_access_kind: kind,
        log_type_access: JSON.stringify(logTypes),
        ...(input.queryLimits != null && { query_limits: queryLimitsText(input.queryLimits) }),
        updated_at: now,
        updated_by: actorReference(caller),
      })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await requireAdministratorLeft(transactor);
    annotate.details({ before: roleDetails(before), after: roleDetails(after) });
    const [role] = await asRoles(transactor, [after]);
    return { role };
  },
});
