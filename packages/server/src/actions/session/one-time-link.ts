import { newSecretToken, secretTokenSha256 } from '../../access/secret-token.ts';
import type { Rows, Transactor } from '../../store/store.ts';
import type { OneTimeLinkRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';

type Kind = OneTimeLinkRow['kind'];

const lifetimeHours: { readonly [K in Kind]: number } = {
  set_up: 24,
  invitation: 7 * 24,
  password_reset: 24,
};

/**
 * Makes the one link of its kind that works for the user (none: the instance itself); earlier ones stop working.
 * @returns the secret for the link; only its hash is kept.
 */
export async function issueLink(
  transactor: Transactor,
  kind: Kind,
  userId: string | null,
  now: string,
): Promise<string> {
  await transactor
    .deleteFrom('one_time_links')
    .where('kind', '=', kind)
    .where('user_id', userId === null ? 'is' : '=', userId)
    .execute();
  const { value, sha256 } = newSecretToken('one_time_link');
  const expires = new Date(Date.parse(now) + lifetimeHours[kind] * 3_600_000).toISOString();
  await transactor
    .insertInto('one_time_links')
    .values({ secret_sha256: sha256, kind, user_id: userId, created_at: now, expires_at: expires })
    .execute();
  return value;
}

/** @throws ActionError UNAUTHENTICATED for a link that is unknown, used, or expired; which one is not told. */
export async function requireLink(
  rows: Rows,
  kind: Kind,
  secret: string,
  now: string,
): Promise<OneTimeLinkRow> {
  const link = await rows
    .selectFrom('one_time_links')
    .selectAll()
    .where('secret_sha256', '=', secretTokenSha256('one_time_link', secret) ?? '')
    .where('kind', '=', kind)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (link === undefined) {
    throw new ActionError(
      'UNAUTHENTICATED',
      'This link has been used, has expired, or was replaced by a newer one',
      {
        field: 'token',
      },
    );
  }
  return link;
}

/** Uses up all links of the user (none: the instance itself). */
export async function useUpLinks(transactor: Transactor, userId: string | null): Promise<void> {
  await transactor
    .deleteFrom('one_time_links')
    .where('user_id', userId === null ? 'is' : '=', userId)
    .execute();
}
