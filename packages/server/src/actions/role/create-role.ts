import * as z from 'zod';
import { queryLimitsText } from '../../access/query-limits.ts';
import { nameKey } from '../../access/text-field.ts';
import { defineChange } from '../action.ts';
import { actorReference } from '../caller.ts';
import { asRoles, checkLogTypeAccess, requireFreeRoleName, roleDetails } from './load-roles.ts';
import { roleFields } from './role.ts';

export const createRole = defineChange({
  name: 'CREATE_USER_ROLE',
  requires: 'UserModify',
  input: z.strictObject({ input: z.strictObject(roleFields) }),
  async run({ transactor, caller, now, services, annotate }, { input }) {
    const kind = input.logTypeAccessKind ?? 'ALLOW_ALL';
    checkLogTypeAccess(kind, input.logTypeAccess ?? []);
    await requireFreeRoleName(transactor, input.name);
    const row = await transactor
      .insertInto('roles')
      .values({
        id: services.newId(),
        name: input.name,
        name_key: nameKey(input.name),
        permissions: JSON.stringify(input.permissions),
        log_type_access_kind: kind,
        log_type_access: JSON.stringify(input.logTypeAccess ?? []),
        query_limits: queryLimitsText(input.queryLimits),
        created_at: now,
        updated_at: now,
        updated_by: actorReference(caller),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ after: roleDetails(row) });
    const [role] = await asRoles(transactor, [row]);
    return { role };
  },
});
