import { personal, secret } from '@pawprint/record';
import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { hashPassword, needsRehash, verifyPassword } from '../../access/password.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorOf, anonymousId } from '../caller.ts';
import { asCaller, userRows } from '../user/user.ts';
import { openSession } from './session.ts';

/** Signs a user in by password. A failed attempt is recorded under the account that was tried. */
export const signIn = defineChange({
  name: 'SIGN_IN',
  requires: 'anyone',
  input: z.strictObject({ email: personal(z.string().max(256)), password: secret(z.string().max(1_024)) }),
  async prepare({ reader, annotate, services, origin }, { email, password }) {
    const account = emailKey(email);
    const user = await userRows(reader).where('users.email_key', '=', account).executeTakeFirst();
    annotate.actor(
      user === undefined ? { id: anonymousId, type: 'USER', name: email } : actorOf(asCaller(user)),
    );
    const retryAfterSeconds = services.signInThrottle.attempt(account, origin.sourceIP);
    if (retryAfterSeconds > 0) {
      throw new ActionError('RATE_LIMITED', `Too many failed attempts; try again in ${retryAfterSeconds} s`, {
        retryAfterSeconds,
      });
    }
    const isRight = await verifyPassword(user?.password_hash, password);
    if (!isRight || user === undefined) {
      throw new ActionError('UNAUTHENTICATED', 'The e-mail address or the password is wrong');
    }
    services.signInThrottle.succeeded(account, origin.sourceIP);
    const isOutdated = user.password_hash !== null && needsRehash(user.password_hash);
    return { userId: user.id, newHash: isOutdated ? await hashPassword(password) : undefined };
  },
  async run(context, _, { userId, newHash }) {
    if (newHash !== undefined) {
      await context.transactor
        .updateTable('users')
        .set({ password_hash: newHash })
        .where('id', '=', userId)
        .execute();
    }
    return openSession(context, userId);
  },
});
