import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { sessionQuery } from '../api/session.ts';
import { parseAlertSearch } from '../features/alerts/alert-filters.ts';
import { parseAuditLogSearch } from '../features/audit-log/audit-log-filters.ts';
import { parseIndicatorSearch } from '../features/indicator-search/indicator-search.ts';
import { startPage } from './destinations.ts';
import { NotFoundPage, RouteError } from './failure-pages.tsx';
import { parseSearch, stringifySearch } from './search-params.ts';
import { SettingsLayout } from './settings-layout.tsx';
import { Shell } from './shell.tsx';

const rootRoute = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  notFoundComponent: NotFoundPage,
  errorComponent: RouteError,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): { redirect?: string } =>
    typeof search.redirect === 'string' ? { redirect: search.redirect } : {},
  loader: async ({ context }) => {
    const state = await context.queryClient.ensureQueryData(sessionQuery);
    if (state.kind === 'signed-in') throw redirect({ to: '/' });
    return { setUp: state.setUp };
  },
  component: lazyRouteComponent(() => import('../features/sign-in/sign-in-page.tsx'), 'SignInPage'),
});
const setUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/set-up',
  component: lazyRouteComponent(() => import('../features/sign-in/set-up-page.tsx'), 'SetUpPage'),
});
const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  component: lazyRouteComponent(() => import('../features/sign-in/invitation-page.tsx'), 'InvitationPage'),
});
const passwordResetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/password-reset',
  component: lazyRouteComponent(
    () => import('../features/sign-in/password-reset-page.tsx'),
    'PasswordResetPage',
  ),
});

/** Everything behind the sign-in. */
const consoleRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'console',
  beforeLoad: async ({ context, location }) => {
    const state = await context.queryClient.ensureQueryData(sessionQuery);
    if (state.kind === 'signed-in') return { session: state.session };
    throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { redirect: location.href } });
  },
  component: Shell,
});
const indexRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: startPage(context.session.permissions) });
  },
});
const alertsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/alerts',
  validateSearch: parseAlertSearch,
  component: lazyRouteComponent(() => import('../features/alerts/alerts-page.tsx'), 'AlertsPage'),
});
const alertRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/alerts/$alertId',
  component: lazyRouteComponent(() => import('../features/alerts/alert-page.tsx'), 'AlertPage'),
});
const auditLogRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/audit-log',
  validateSearch: parseAuditLogSearch,
  component: lazyRouteComponent(() => import('../features/audit-log/audit-log-page.tsx'), 'AuditLogPage'),
});
const auditLogEntryRoute = createRoute({
  getParentRoute: () => auditLogRoute,
  path: '/$index',
  component: lazyRouteComponent(
    () => import('../features/audit-log/audit-log-entry.tsx'),
    'AuditLogEntryDrawer',
  ),
});
const dataExplorerRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/data-explorer/{-$queryId}',
  // A statement to begin with.
  validateSearch: (search): { sql?: string } => (typeof search.sql === 'string' ? { sql: search.sql } : {}),
  component: lazyRouteComponent(
    () => import('../features/data-explorer/data-explorer-page.tsx'),
    'DataExplorerPage',
  ),
});
const savedQueriesRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/saved-queries',
  component: lazyRouteComponent(
    () => import('../features/saved-queries/saved-queries-page.tsx'),
    'SavedQueriesPage',
  ),
});
const indicatorSearchRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/indicator-search/{-$queryId}',
  validateSearch: parseIndicatorSearch,
  component: lazyRouteComponent(
    () => import('../features/indicator-search/indicator-search-page.tsx'),
    'IndicatorSearchPage',
  ),
});
const packsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/detections/packs',
  component: lazyRouteComponent(() => import('../features/detections/packs-page.tsx'), 'PacksPage'),
});
const copiedDetectionRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/detections/copy/$kind/$id',
  component: lazyRouteComponent(
    () => import('../features/detections/detection-page.tsx'),
    'CopiedDetectionPage',
  ),
});
const detectionsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/detections',
  component: lazyRouteComponent(() => import('../features/detections/detections-page.tsx'), 'DetectionsPage'),
});
const detectionRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/detections/$kind/$id',
  component: lazyRouteComponent(() => import('../features/detections/detection-page.tsx'), 'DetectionPage'),
});
const newDetectionRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/detections/new/$template',
  component: lazyRouteComponent(
    () => import('../features/detections/detection-page.tsx'),
    'NewDetectionPage',
  ),
});
const logSourcesRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/log-sources',
  component: lazyRouteComponent(
    () => import('../features/log-sources/log-sources-page.tsx'),
    'LogSourcesPage',
  ),
});
const settingsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/settings',
  component: SettingsLayout,
});
const settingsIndexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/general' });
  },
});
const generalSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/general',
  component: lazyRouteComponent(
    () => import('../features/general-settings/general-settings-page.tsx'),
    'GeneralSettingsPage',
  ),
});
const usersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/users',
  component: lazyRouteComponent(() => import('../features/users/users-page.tsx'), 'UsersPage'),
});
const rolesRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/roles',
  component: lazyRouteComponent(() => import('../features/roles/roles-page.tsx'), 'RolesPage'),
});
const apiTokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/api-tokens',
  component: lazyRouteComponent(() => import('../features/api-tokens/api-tokens-page.tsx'), 'ApiTokensPage'),
});
const samlSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/saml',
  component: lazyRouteComponent(
    () => import('../features/saml-settings/saml-settings-page.tsx'),
    'SamlSettingsPage',
  ),
});
const destinationsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/destinations',
  component: lazyRouteComponent(
    () => import('../features/destinations/destinations-page.tsx'),
    'DestinationsPage',
  ),
});
const ledgerRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/ledger',
  component: lazyRouteComponent(() => import('../features/ledger/ledger-page.tsx'), 'LedgerPage'),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  setUpRoute,
  invitationRoute,
  passwordResetRoute,
  consoleRoute.addChildren([
    indexRoute,
    alertsRoute,
    alertRoute,
    auditLogRoute.addChildren([auditLogEntryRoute]),
    dataExplorerRoute,
    savedQueriesRoute,
    indicatorSearchRoute,
    detectionsRoute,
    packsRoute,
    copiedDetectionRoute,
    detectionRoute,
    newDetectionRoute,
    logSourcesRoute,
    settingsRoute.addChildren([
      settingsIndexRoute,
      generalSettingsRoute,
      usersRoute,
      rolesRoute,
      apiTokensRoute,
      samlSettingsRoute,
      destinationsRoute,
      ledgerRoute,
    ]),
  ]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    // Preloading fetches code only: no route loads data that the instance would record.
    defaultPreload: 'intent',
    parseSearch,
    stringifySearch,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
