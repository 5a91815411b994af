import { Outlet } from '@tanstack/react-router';
import { SettingsNavigation } from './navigation.tsx';

export function SettingsLayout() {
  return (
    <>
      <SettingsNavigation />
      <Outlet />
    </>
  );
}
