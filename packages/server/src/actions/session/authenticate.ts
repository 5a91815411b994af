import type { Actor, Permission } from '@pawprint/record';
import { isInAllowedNetworks } from '../../access/cidr-block.ts';
import { allLogTypes } from '../../access/log-type-access.ts';
import { queryLimitsOf } from '../../access/query-limits.ts';
import { secretTokenSha256 } from '../../access/secret-token.ts';
import type { Rows } from '../../store/store.ts';
import { actorOf, type Caller } from '../caller.ts';
import { asCaller, userRows } from '../user/user.ts';

/** The user a session belongs to, with what their role allows now; undefined for none, or one that has ended. */
export async function authenticateSession(
  rows: Rows,
  secret: string,
  now: string,
): Promise<Caller | undefined> {
  const row = await userRows(rows)
    .innerJoin('sessions', 'sessions.user_id', 'users.id')
    .where('sessions.secret_sha256', '=', secretTokenSha256('session', secret) ?? '')
    .where('sessions.expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined ? undefined : asCaller(row);
}

export type TokenAuthentication =
  | { readonly caller: Caller }
  /** `actor`: the token's, where the value is known but may not be used. */
  | { readonly refused: string; readonly actor?: Actor };

/** The token a value belongs to, if it may be used now and from `sourceIP`. */
export async function authenticateToken(
  rows: Rows,
  value: string,
  sourceIP: string | undefined,
  now: string,
): Promise<TokenAuthentication> {
  const row = await rows
    .selectFrom('api_tokens')
    .selectAll()
    .where('secret_sha256', '=', secretTokenSha256('api_token', value) ?? '')
    .executeTakeFirst();
  if (row === undefined) return { refused: 'The API token is not valid' };
  const caller: Caller = {
    kind: 'token',
    id: row.id,
    name: row.name,
    permissions: new Set<Permission>(JSON.parse(row.permissions)),
    logTypeAccess: allLogTypes,
    queryLimits: queryLimitsOf(row),
  };
  if (row.expires_at !== null && row.expires_at <= now) {
    return { refused: 'The API token has expired', actor: actorOf(caller) };
  }
  const networks: readonly string[] = JSON.parse(row.allowed_cidr_blocks);
  if (!isInAllowedNetworks(sourceIP, networks)) {
    return { refused: 'The API token may not be used from this network', actor: actorOf(caller) };
  }
  return { caller };
}
