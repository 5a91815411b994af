import { Menu as BaseMenu } from '@base-ui/react/menu';
import { useMutation } from '@tanstack/react-query';
import { Check, ChevronsUpDown, LogOut, Monitor, MonitorX, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { postJson } from '../api/http.ts';
import { useSession } from '../api/session.ts';
import { Menu, MenuItem, MenuSeparator } from '../components/menu.tsx';
import { itemClassName } from '../components/popup-class-names.ts';
import { SignOutEverywhereDialog } from '../features/users/sign-out-everywhere-dialog.tsx';
import { type Theme, useTheme } from './theme.ts';

const themes = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const;

/** The signed-in user: who they are, the theme, the way out. */
export function UserMenu() {
  const { user, role } = useSession();
  const name = [user.givenName, user.familyName].filter(Boolean).join(' ') || user.email;
  const signOut = useMutation({
    mutationFn: () => postJson('/internal/sign-out', {}),
    // A full load drops everything the session had read.
    onSettled: () => location.assign('/sign-in'),
  });
  const [signingOutEverywhere, setSigningOutEverywhere] = useState(false);
  return (
    <>
      <Menu
        side="top"
        align="start"
        trigger={
          <button
            type="button"
            aria-label={`Account of ${name}`}
            className="flex w-full items-center gap-2.5 rounded-md p-1.5 text-left hover:bg-hover"
          >
            <span
              aria-hidden="true"
              className="grid size-7 shrink-0 place-items-center rounded-md bg-accent font-semibold text-on-accent text-xs uppercase"
            >
              {name.slice(0, 1)}
            </span>
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium text-sm">{name}</span>
              <span className="block truncate text-muted text-xs">{role.name}</span>
            </span>
            <ChevronsUpDown className="size-3.5 text-faint" aria-hidden="true" />
          </button>
        }
      >
        <p className="max-w-60 truncate px-2 py-1.5 text-muted text-xs">{user.email}</p>
        <ThemeChoice />
        <MenuSeparator />
        <MenuItem icon={LogOut} onClick={() => signOut.mutate()}>
          Sign out
        </MenuItem>
        <MenuItem icon={MonitorX} onClick={() => setSigningOutEverywhere(true)}>
          Sign out everywhere
        </MenuItem>
      </Menu>
      {signingOutEverywhere && (
        <SignOutEverywhereDialog user={user} onClose={() => setSigningOutEverywhere(false)} />
      )}
    </>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className="px-2 pt-1 pb-0.5 font-medium text-muted text-xs">
        Theme
      </BaseMenu.GroupLabel>
      <BaseMenu.RadioGroup value={theme} onValueChange={(value: Theme) => setTheme(value)}>
        {themes.map(({ value, label, icon: Icon }) => (
          <BaseMenu.RadioItem key={value} value={value} className={itemClassName} closeOnClick={false}>
            <Icon className="size-4 opacity-80" aria-hidden="true" />
            <span className="flex items-center justify-between">
              {label}
              <BaseMenu.RadioItemIndicator>
                <Check className="size-3.5" aria-hidden="true" />
              </BaseMenu.RadioItemIndicator>
            </span>
          </BaseMenu.RadioItem>
        ))}
      </BaseMenu.RadioGroup>
    </BaseMenu.Group>
  );
}
