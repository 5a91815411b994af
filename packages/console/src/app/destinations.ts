import {
  BellRing,
  Bookmark,
  Crosshair,
  Database,
  type LucideIcon,
  Radar,
  ScrollText,
  SquareTerminal,
} from 'lucide-react';
import type { Permission } from '../api/operations.ts';

/** A page of the navigation and the permission it needs. */
export type Destination = { readonly to: Path; readonly label: string; readonly needs: Permission };
type Path =
  | '/alerts'
  | '/audit-log'
  | '/data-explorer/{-$queryId}'
  | '/saved-queries'
  | '/indicator-search/{-$queryId}'
  | '/detections'
  | '/log-sources'
  | '/settings/general'
  | '/settings/users'
  | '/settings/roles'
  | '/settings/api-tokens'
  | '/settings/saml'
  | '/settings/destinations'
  | '/settings/ledger';

export const mainDestinations: readonly (Destination & { readonly icon: LucideIcon })[] = [
  { to: '/audit-log', label: 'Audit Log', icon: ScrollText, needs: 'GeneralSettingsRead' },
  { to: '/alerts', label: 'Alerts', icon: BellRing, needs: 'AlertRead' },
  {
    to: '/data-explorer/{-$queryId}',
    label: 'Data Explorer',
    icon: SquareTerminal,
    needs: 'DataAnalyticsRead',
  },
  { to: '/saved-queries', label: 'Saved Queries', icon: Bookmark, needs: 'DataAnalyticsRead' },
  {
    to: '/indicator-search/{-$queryId}',
    label: 'Indicator Search',
    icon: Crosshair,
    needs: 'DataAnalyticsRead',
  },
  { to: '/detections', label: 'Detections', icon: Radar, needs: 'RuleRead' },
  { to: '/log-sources', label: 'Log Sources', icon: Database, needs: 'LogSourceRead' },
];

export const settingsDestinations: readonly Destination[] = [
  { to: '/settings/general', label: 'General', needs: 'GeneralSettingsRead' },
  { to: '/settings/users', label: 'Users', needs: 'UserRead' },
  { to: '/settings/roles', label: 'Roles', needs: 'UserRead' },
  { to: '/settings/api-tokens', label: 'API Tokens', needs: 'OrganizationAPITokenRead' },
  { to: '/settings/saml', label: 'SAML', needs: 'GeneralSettingsRead' },
  { to: '/settings/destinations', label: 'Destinations', needs: 'DestinationRead' },
  { to: '/settings/ledger', label: 'Ledger', needs: 'GeneralSettingsRead' },
];

/** The first page the role may see; the first of all when there is none, so that the refusal is shown. */
export function startPage(permissions: readonly Permission[]): Path {
  const all = [...mainDestinations, ...settingsDestinations];
  return all.find(({ needs }) => permissions.includes(needs))?.to ?? '/audit-log';
}
