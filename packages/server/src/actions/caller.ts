import type { Actor, Permission } from '@pawprint/record';
import type { LogTypeAccess } from '../access/log-type-access.ts';
import type { QueryLimits } from '../access/query-limits.ts';

/** Whoever asks for an action. */
export type Caller =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly email: string;
      readonly givenName: string | null;
      readonly familyName: string | null;
      readonly roleId: string;
      readonly roleName: string;
      readonly permissions: ReadonlySet<Permission>;
      readonly logTypeAccess: LogTypeAccess;
      readonly queryLimits: QueryLimits;
    }
  | {
      readonly kind: 'token';
      readonly id: string;
      readonly name: string;
      readonly permissions: ReadonlySet<Permission>;
      readonly logTypeAccess: LogTypeAccess;
      readonly queryLimits: QueryLimits;
    }
  /** Nobody known yet: signing in, following a one-time link, or a request without valid credentials. */
  | { readonly kind: 'anonymous' }
  /** The instance itself. */
  | { readonly kind: 'system' };

/** Where a request came from, as far as it can be known. */
export interface Origin {
  readonly sourceIP?: string | undefined;
  readonly XForwardedFor?: readonly string[] | undefined;
  readonly userAgent?: string | undefined;
}

/** The id and name Panther's records give to its own System actor. */
export const systemActor: Actor = {
  id: '00000000-0000-4000-8000-000000000000',
  type: 'USER',
  name: 'System',
};

/** The id of whoever is not known. */
export const anonymousId = 'anonymous';

/** The record's `actor` for a caller. */
export function actorOf(caller: Caller): Actor {
  switch (caller.kind) {
    case 'user':
      return {
        id: caller.id,
        type: 'USER',
        name: displayName(caller),
        attributes: {
          email: caller.email,
          emailVerified: true,
          roleId: caller.roleId,
          roleName: caller.roleName,
        },
      };
    case 'token':
      return { id: caller.id, type: 'TOKEN', name: caller.name };
    case 'anonymous':
      return { id: anonymousId, type: 'USER' };
    case 'system':
      return systemActor;
  }
}

/** "Given Family", or the e-mail address where neither name is known. */
export function displayName(user: {
  email: string;
  givenName: string | null;
  familyName: string | null;
}): string {
  return (
    [user.givenName, user.familyName].filter((part) => part !== null && part !== '').join(' ') || user.email
  );
}

/** How rows refer to who made or changed them: `USER:<id>` or `TOKEN:<id>`; null for the instance itself. */
export function actorReference(caller: Caller): string | null {
  if (caller.kind === 'user') return `USER:${caller.id}`;
  if (caller.kind === 'token') return `TOKEN:${caller.id}`;
  return null;
}
