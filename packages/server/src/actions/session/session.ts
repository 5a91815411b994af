import { newSecretToken } from '../../access/secret-token.ts';
import type { Transactor } from '../../store/store.ts';
import type { ChangeContext } from '../action.ts';
import { actorOf } from '../caller.ts';
import { asCaller, requireUser } from '../user/user.ts';

/** A new session: the secret for the cookie, and when it ends. */
export interface NewSession {
  readonly secret: string;
  readonly expiresAt: string;
}

const lifetimeHours = 12;

/** Opens a session for a user, who from here on is the actor of the record. */
export async function openSession(
  { transactor, now, annotate }: Pick<ChangeContext, 'transactor' | 'now' | 'annotate'>,
  userId: string,
): Promise<NewSession> {
  const { value: secret, sha256 } = newSecretToken('session');
  const expiresAt = new Date(Date.parse(now) + lifetimeHours * 3_600_000).toISOString();
  await transactor.deleteFrom('sessions').where('expires_at', '<=', now).execute();
  await transactor
    .insertInto('sessions')
    .values({ secret_sha256: sha256, user_id: userId, created_at: now, expires_at: expiresAt })
    .execute();
  await transactor.updateTable('users').set({ last_logged_in_at: now }).where('id', '=', userId).execute();
  annotate.actor(actorOf(asCaller(await requireUser(transactor, userId, 'id'))));
  return { secret, expiresAt };
}

/** Ends all sessions of a user, as after a new password. */
export async function endSessions(transactor: Transactor, userId: string): Promise<void> {
  await transactor.deleteFrom('sessions').where('user_id', '=', userId).execute();
}
