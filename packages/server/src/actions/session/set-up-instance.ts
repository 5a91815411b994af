import { ofPerson, secret } from '@pawprint/record';
import * as z from 'zod';
import { defaultRoles } from '../../access/default-roles.ts';
import { emailKey } from '../../access/email-address.ts';
import { hashPassword } from '../../access/password.ts';
import { passwordSchema } from '../../access/password-policy.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireRole } from '../role/load-roles.ts';
import { personFields, userReference } from '../user/user.ts';
import { requireGoodPassword } from './good-password.ts';
import { requireLink, useUpLinks } from './one-time-link.ts';
import { openSession } from './session.ts';

/** Makes the first administrator: by the one-time set-up link, or by the instance itself from its settings. */
export const setUpInstance = defineChange({
  name: 'SET_UP_INSTANCE',
  requires: 'anyone',
  input: z.strictObject({
    token: secret(z.string().max(1_024)).optional(),
    ...personFields,
    password: passwordSchema,
  }),
  async prepare({ caller, reader, now }, { token, email, password }) {
    if (caller.kind !== 'system') await requireLink(reader, 'set_up', token ?? '', now);
    requireGoodPassword(password, email);
    return hashPassword(password);
  },
  async run(context, { token, email, givenName, familyName }, passwordHash) {
    const { transactor, caller, now, services, annotate } = context;
    if (caller.kind !== 'system') await requireLink(transactor, 'set_up', token ?? '', now);
    const user = await transactor.selectFrom('users').select('id').limit(1).executeTakeFirst();
    if (user !== undefined) throw new ActionError('CONFLICT', 'This instance is already set up');
    const role = await requireRole(transactor, { kind: 'NAME', value: defaultRoles.admin.name }, 'role');
    const id = services.newId();
    await transactor
      .insertInto('users')
      .values({
        id,
        email,
        email_key: emailKey(email),
        given_name: givenName ?? null,
        family_name: familyName ?? null,
        role_id: role.id,
        password_hash: passwordHash,
        created_at: now,
        last_logged_in_at: null,
      })
      .execute();
    await useUpLinks(transactor, null);
    annotate.about(userReference(id));
    annotate.details({ after: { id, email: ofPerson(userReference(id), email), roleName: role.name } });
    return caller.kind === 'system' ? undefined : openSession(context, id);
  },
});
