import { secret } from '@pawprint/record';
import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { verifyPassword } from '../../access/password.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorOf } from '../caller.ts';
import { asCaller, userRows } from '../user/user.ts';
import { openSession } from './session.ts';

/** Signs a user in by password. The entrance asks the throttle first; a failed attempt names the account it was for. */
export const signIn = defineChange({
  name: 'SIGN_IN',
  requires: 'anyone',
  input: z.strictObject({ email: z.string().max(256), password: secret(z.string().max(1_024)) }),
  async prepare({ reader, annotate, services, origin }, { email, password }) {
    const account = emailKey(email);
    const user = await userRows(reader).where('users.email_key', '=', account).executeTakeFirst();
    annotate.actor(
      user === undefined ? { id: 'anonymous', type: 'USER', name: email } : actorOf(asCaller(user)),
    );
    const retryAfterSeconds = services.signInThrottle.retryAfterSeconds(account, origin.sourceIP);
    if (retryAfterSeconds > 0) {
      throw new ActionError('RATE_LIMITED', `Too many failed attempts; try again in ${retryAfterSeconds} s`, {
        retryAfterSeconds,
      });
    }
    const right = await verifyPassword(password, user?.password_hash ?? undefined);
    services.signInThrottle.attempted(account, origin.sourceIP, right);
    if (user === undefined || !right)
      throw new ActionError('UNAUTHENTICATED', 'The e-mail address or password is wrong');
    return user.id;
  },
  run: (context, _, userId) => openSession(context, userId),
});
