import * as z from 'zod';
import { defaultRoles } from '../../access/default-roles.ts';
import { defineChange } from '../action.ts';
import { issueLink } from '../session/one-time-link.ts';

/** The first action of every start: makes the default roles and, while there is no user, the one-time set-up link. */
export const startInstance = defineChange({
  name: 'START_INSTANCE',
  requires: 'system',
  input: z.strictObject({}),
  async run({ transactor, now, services, annotate }) {
    const anyRole = await transactor.selectFrom('roles').select('id').limit(1).executeTakeFirst();
    if (anyRole === undefined) {
      for (const { name, permissions } of Object.values(defaultRoles)) {
        await transactor
          .insertInto('roles')
          .values({
            id: services.newId(),
            name,
            name_key: name.toLowerCase(),
            permissions: JSON.stringify(permissions),
            log_type_access_kind: 'ALLOW_ALL',
            log_type_access: '[]',
            query_limits: '{}',
            created_at: now,
            updated_at: now,
            updated_by: null,
          })
          .execute();
      }
      annotate.details({ rolesCreated: Object.values(defaultRoles).map(({ name }) => name) });
    }
    const anyUser = await transactor.selectFrom('users').select('id').limit(1).executeTakeFirst();
    if (anyUser !== undefined) return { setUpToken: undefined };
    annotate.details({ setUpLinkIssued: true });
    return { setUpToken: await issueLink(transactor, 'set_up', null, now) };
  },
});
