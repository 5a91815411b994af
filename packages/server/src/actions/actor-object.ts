import type { Rows } from '../store/store.ts';
import { type ApiToken, asApiToken } from './api-token/api-token.ts';
import { asUser, type User, userRows } from './user/user.ts';

/** A user or token that made or changed something; the GraphQL union `Actor`. */
export type ActorObject =
  | ({ readonly __typename: 'User' } & User)
  | ({ readonly __typename: 'APIToken' } & ApiToken);

/**
 * Looks up who the references (`USER:<id>`, `TOKEN:<id>`, as `actorReference` writes them) stand for.
 * @returns a function from reference to actor; null for nobody, or somebody who is gone.
 */
export async function loadActors(
  rows: Rows,
  references: readonly (string | null)[],
): Promise<(reference: string | null) => ActorObject | null> {
  const ids = (kind: string) => [
    ...new Set(
      references.flatMap((reference) => (reference?.startsWith(kind) ? [reference.slice(kind.length)] : [])),
    ),
  ];
  const [userIds, tokenIds] = [ids('USER:'), ids('TOKEN:')];
  const found = new Map<string, ActorObject>();
  if (userIds.length > 0) {
    for (const row of await userRows(rows).where('users.id', 'in', userIds).execute()) {
      found.set(`USER:${row.id}`, { __typename: 'User', ...asUser(row, null) });
    }
  }
  if (tokenIds.length > 0) {
    for (const row of await rows.selectFrom('api_tokens').selectAll().where('id', 'in', tokenIds).execute()) {
      found.set(`TOKEN:${row.id}`, { __typename: 'APIToken', ...asApiToken(row, () => null, null) });
    }
  }
  return (reference) => (reference === null ? null : (found.get(reference) ?? null));
}
