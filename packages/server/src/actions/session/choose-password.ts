import { secret } from '@pawprint/record';
import * as z from 'zod';
import { hashPassword } from '../../access/password.ts';
import { passwordSchema } from '../../access/password-policy.ts';
import { defineChange } from '../action.ts';
import { actorOf } from '../caller.ts';
import { asCaller, requireUser } from '../user/user.ts';
import { requireGoodPassword } from './good-password.ts';
import { requireLink, useUpLinks } from './one-time-link.ts';
import { endSessions, openSession } from './session.ts';

/** An invited user chooses the first password and is signed in. */
export const acceptInvitation = choosePassword('ACCEPT_INVITATION', 'invitation');

/** A user chooses a new password by a reset link; every other session of theirs ends. */
export const completePasswordReset = choosePassword('COMPLETE_PASSWORD_RESET', 'password_reset');

function choosePassword(
  name: 'ACCEPT_INVITATION' | 'COMPLETE_PASSWORD_RESET',
  linkKind: 'invitation' | 'password_reset',
) {
  return defineChange({
    name,
    requires: 'anyone',
    input: z.strictObject({ token: secret(z.string().max(1_024)), password: passwordSchema }),
    async prepare({ reader, now, annotate }, { token, password }) {
      const link = await requireLink(reader, linkKind, token, now);
      const user = await requireUser(reader, link.user_id ?? '', 'token');
      annotate.actor(actorOf(asCaller(user)));
      requireGoodPassword(password, user.email);
      return hashPassword(password);
    },
    async run(context, { token }, passwordHash) {
      const { transactor, now } = context;
      const link = await requireLink(transactor, linkKind, token, now);
      const user = await requireUser(transactor, link.user_id ?? '', 'token');
      await transactor
        .updateTable('users')
        .set({ password_hash: passwordHash })
        .where('id', '=', user.id)
        .execute();
      await useUpLinks(transactor, user.id);
      await endSessions(transactor, user.id);
      return openSession(context, user.id);
    },
  });
}
