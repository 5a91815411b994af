import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { defineChange } from '../action.ts';
import { requireRole, roleReference } from '../role/load-roles.ts';
import { issueLink } from '../session/one-time-link.ts';
import { loadUsers } from './load-users.ts';
import { personFields, requireFreeEmail, requireUser, userDetails, userReference } from './user.ts';

/** Makes the user and the link by which they set their password. The link is in the answer, never in the record. */
export const inviteUser = defineChange({
  name: 'CREATE_USER',
  requires: 'UserModify',
  input: z.strictObject({
    input: z.strictObject({
      ...personFields,
      role: roleReference,
    }),
  }),
  async run({ transactor, now, services, annotate }, { input }) {
    await requireFreeEmail(transactor, input.email);
    const role = await requireRole(transactor, input.role, 'input.role.value');
    const id = services.newId();
    await transactor
      .insertInto('users')
      .values({
        id,
        email: input.email,
        email_key: emailKey(input.email),
        given_name: input.givenName ?? null,
        family_name: input.familyName ?? null,
        role_id: role.id,
        password_hash: null,
        created_at: now,
        last_logged_in_at: null,
      })
      .execute();
    const token = await issueLink(transactor, 'invitation', id, now);
    annotate.about(userReference(id));
    annotate.details({ after: userDetails(await requireUser(transactor, id, 'id')) });
    const [user] = await loadUsers(transactor, { id });
    return { user, invitationLink: await services.consoleLink(transactor, '/invitation', token) };
  },
});
