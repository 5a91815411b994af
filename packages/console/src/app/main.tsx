import './zod-without-eval.ts';
import './styles.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { type SessionState, sessionQuery } from '../api/session.ts';
import { ToastProvider } from '../components/toast.tsx';
import { createQueryClient } from './query-client.ts';
import { createConsoleRouter } from './router.tsx';

/** The session is over: note it, and let the route guard lead to the sign-in and back. */
function onUnauthenticated(): void {
  // Before the sign-in, a 401 says that a password or link is wrong, and belongs to its form.
  if (!router.state.matches.some(({ routeId }) => routeId === '/console')) return;
  queryClient.clear();
  const signedOut: SessionState = { kind: 'signed-out', setUp: true };
  queryClient.setQueryData(sessionQuery.queryKey, signedOut);
  void router.invalidate();
}

const queryClient = createQueryClient(onUnauthenticated);
const router = createConsoleRouter(queryClient);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    {/* The policy has no room for style elements; nothing the console uses needs them. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Tooltip.Provider delay={400}>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
