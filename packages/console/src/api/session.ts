import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { ApiError } from './api-error.ts';
import { getJson } from './http.ts';
import type { LogTypeAccessKind, Permission } from './operations.ts';
import { missingPermission } from './permission-label.ts';

/** Who is signed in and what their role allows, as GET /internal/session tells it. */
export type Session = {
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly givenName: string | null;
    readonly familyName: string | null;
  };
  readonly role: { readonly id: string; readonly name: string };
  readonly permissions: readonly Permission[];
  readonly logTypeAccessKind: LogTypeAccessKind;
  readonly logTypeAccess: readonly string[];
  readonly version: string;
  /** What was wrong with the instance when this was asked; for those who may read its settings. */
  readonly systemErrors?: readonly { readonly id: string; readonly message: string }[];
  /** When that was, RFC 3339. */
  readonly systemErrorsAt?: string;
};

/** Signed out is an answer too: `setUp` tells whether the instance has any user yet. */
export type SessionState =
  | { readonly kind: 'signed-in'; readonly session: Session }
  | { readonly kind: 'signed-out'; readonly setUp: boolean };

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SessionState> => {
    try {
      return { kind: 'signed-in', session: await getJson<Session>('/internal/session', signal) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') throw error;
      const answer = error.cause as { readonly setUp?: boolean } | undefined;
      return { kind: 'signed-out', setUp: answer?.setUp !== false };
    }
  },
});

const consoleRoute = getRouteApi('/console');

/** The signed-in session; only for pages behind the sign-in, whose guard has read it. */
export function useSession(): Session {
  return consoleRoute.useRouteContext({ select: (context) => context.session });
}

/**
 * Why the signed-in user may not do what needs this permission, or undefined when they may. The server decides;
 * this only spares a refusal.
 */
export function useMissing(permission: Permission): string | undefined {
  return useSession().permissions.includes(permission) ? undefined : missingPermission(permission);
}

/** Reads the session anew, after the signed-in user changed something about themselves. */
export function useRefreshSession(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async () => {
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    await router.invalidate();
  };
}
