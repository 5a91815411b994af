import { Link, useMatchRoute } from '@tanstack/react-router';
import { type LucideIcon, Settings } from 'lucide-react';
import type { Permission } from '../api/operations.ts';
import { missingPermission } from '../api/permission-label.ts';
import { useSession } from '../api/session.ts';
import { Button } from '../components/button.tsx';
import { classNames } from '../components/class-names.ts';
import { Hint } from '../components/hint.tsx';
import { Menu, MenuItem } from '../components/menu.tsx';
import { type Destination, mainDestinations, settingsDestinations } from './destinations.ts';

/** Why a destination is closed to the signed-in user, or undefined. */
export function useDisabledReason(): (destination: { readonly needs: Permission }) => string | undefined {
  const { permissions } = useSession();
  return ({ needs }) => (permissions.includes(needs) ? undefined : missingPermission(needs));
}

export function MainNavigation({ onNavigate }: { readonly onNavigate?: () => void }) {
  const disabledReason = useDisabledReason();
  return (
    <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 px-3">
      {mainDestinations.map((destination) => (
        <NavigationLink
          key={destination.to}
          {...destination}
          reason={disabledReason(destination)}
          {...(onNavigate && { onNavigate })}
        />
      ))}
      <div className="mt-auto" />
      <SettingsMenu {...(onNavigate && { onNavigate })} />
    </nav>
  );
}

const linkClassName =
  'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium text-muted transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent';

type NavigationLinkProps = Destination & {
  readonly icon: LucideIcon;
  readonly reason: string | undefined;
  readonly onNavigate?: () => void;
};

function NavigationLink({ to, label, icon: Icon, reason, onNavigate }: NavigationLinkProps) {
  const content = (
    <>
      <Icon className="size-4" aria-hidden="true" />
      {label}
    </>
  );
  if (reason === undefined) {
    return (
      <Link to={to} className={linkClassName} {...(onNavigate && { onClick: onNavigate })}>
        {content}
      </Link>
    );
  }
  return (
    <Hint text={reason}>
      {/* biome-ignore lint/a11y/useValidAnchor: a closed destination stays in the tab order so that its reason can be read */}
      <a
        role="link"
        tabIndex={0}
        aria-disabled="true"
        aria-description={reason}
        className={classNames(
          linkClassName,
          'cursor-not-allowed text-faint! opacity-70 hover:bg-transparent',
        )}
      >
        {content}
      </a>
    </Hint>
  );
}

function SettingsMenu({ onNavigate }: { readonly onNavigate?: () => void }) {
  const disabledReason = useDisabledReason();
  const current = useMatchRoute()({ to: '/settings', fuzzy: true }) !== false;
  return (
    <Menu
      side="top"
      align="start"
      trigger={
        <Button
          variant="ghost"
          icon={Settings}
          className={classNames(
            'w-full justify-start! gap-2.5! px-[9px]!',
            current && 'bg-accent-soft! text-accent!',
          )}
        >
          Settings
        </Button>
      }
    >
      {settingsDestinations.map((destination) => {
        const reason = disabledReason(destination);
        return (
          <MenuItem
            key={destination.to}
            disabledReason={reason}
            {...(reason === undefined && {
              render: <Link to={destination.to} {...(onNavigate && { onClick: onNavigate })} />,
            })}
          >
            {destination.label}
          </MenuItem>
        );
      })}
    </Menu>
  );
}

/** The settings pages beside each other, at the head of each of them. */
export function SettingsNavigation() {
  const disabledReason = useDisabledReason();
  const open = settingsDestinations.filter((destination) => disabledReason(destination) === undefined);
  if (open.length === 0) return null;
  return (
    <nav
      aria-label="Settings"
      className="thin-scrollbar shrink-0 overflow-x-auto border-line border-b bg-surface"
    >
      <div className="mx-auto flex max-w-6xl gap-1 px-4 sm:px-6">
        {open.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className="-mb-px flex h-10 items-center whitespace-nowrap border-transparent border-b-2 px-2.5 font-medium text-muted text-sm outline-offset-[-2px]! hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-accent"
          >
            {label}
          </Link>
        ))}
      </div>
    </nav>
  );
}
