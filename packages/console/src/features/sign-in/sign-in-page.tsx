import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { postJson } from '../../api/http.ts';
import { sessionQuery } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { Entrance } from './entrance.tsx';
import { safeRedirect } from './safe-redirect.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { redirect } = route.useSearch();
  const { setUp } = route.useLoaderData();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => postJson('/internal/sign-in', { email, password }),
    onSuccess: async () => {
      queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
      await router.navigate({ to: safeRedirect(redirect), replace: true });
    },
  });
  const throttled =
    signIn.error instanceof ApiError && signIn.error.code === 'RATE_LIMITED' ? signIn.error : undefined;
  const waitSeconds = useCountdown(throttled);

  if (!setUp) return <NotSetUp />;
  return (
    <Entrance title="Sign in">
      <Form
        error={throttled ? undefined : signIn.error}
        inputNames={['email', 'password']}
        onSubmit={() => waitSeconds === 0 && signIn.mutate()}
        footer={
          <Button
            type="submit"
            variant="primary"
            pending={signIn.isPending}
            disabled={waitSeconds > 0}
            className="mt-1 w-full"
          >
            Sign in
          </Button>
        }
      >
        <TextField
          name="email"
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onValueChange={setEmail}
        />
        <TextField
          name="password"
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onValueChange={setPassword}
        />
        {throttled && waitSeconds > 0 && (
          <Notice tone="warn" title="Too many attempts">
            Try again in {formatWait(waitSeconds)}.
          </Notice>
        )}
      </Form>
      <p className="mt-4 text-center text-muted text-xs">
        Forgot your password?
        <br />
        Ask an administrator for a reset link.
      </p>
    </Entrance>
  );
}

function NotSetUp() {
  return (
    <Entrance title="This instance is not set up yet">
      <p className="text-muted text-sm">
        It has no users. Open the one-time set-up link that the server printed when it started to create the
        first administrator.
      </p>
    </Entrance>
  );
}

/** Seconds left of a refusal's `retryAfterSeconds`, counted down on the screen. */
function useCountdown(error: ApiError | undefined): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const end = Date.now() + (error?.retryAfterSeconds ?? 0) * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    tick();
    if (error === undefined) return;
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

function formatWait(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
