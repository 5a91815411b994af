import { Dialog } from '@base-ui/react/dialog';
import { Outlet } from '@tanstack/react-router';
import { Menu as MenuIcon } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../components/button.tsx';
import { PawMark } from '../components/paw-mark.tsx';
import { MainNavigation } from './navigation.tsx';
import { SystemErrorBanner } from './system-error-banner.tsx';
import { UserMenu } from './user-menu.tsx';

/** What stays around every page of the signed-in console. */
export function Shell() {
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 font-medium text-on-accent text-sm focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <aside className="hidden w-56 shrink-0 flex-col border-line border-r bg-canvas md:flex">
        <Brand />
        <MainNavigation />
        <div className="p-3 pt-2">
          <UserMenu />
        </div>
      </aside>
      <PhoneBar />
      <main
        id="content"
        tabIndex={-1}
        className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto outline-none"
      >
        <SystemErrorBanner />
        <Outlet />
      </main>
    </div>
  );
}

function Brand() {
  return (
    <div className="flex h-14 items-center gap-2 px-5 font-semibold text-base tracking-[-0.01em]">
      <PawMark className="size-5 text-accent" />
      Pawprint
    </div>
  );
}

/** On a phone the navigation is a panel behind a button. */
function PhoneBar() {
  const [open, setOpen] = useState(false);
  return (
    <header className="flex h-12 shrink-0 items-center justify-between border-line border-b bg-surface pr-4 pl-2 md:hidden">
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger render={<IconButton label="Open navigation" icon={MenuIcon} />} />
        <Dialog.Portal>
          <Dialog.Backdrop className="fixed inset-0 z-30 bg-shade" />
          <Dialog.Popup className="fixed inset-y-0 left-0 z-30 flex w-64 flex-col bg-canvas shadow-popup outline-none transition duration-150 data-starting-style:-translate-x-4 data-starting-style:opacity-0">
            <Dialog.Title className="sr-only">Navigation</Dialog.Title>
            <Brand />
            <MainNavigation onNavigate={() => setOpen(false)} />
            <div className="p-3 pt-2">
              <UserMenu />
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
      <span className="flex items-center gap-2 font-semibold">
        <PawMark className="size-4.5 text-accent" />
        Pawprint
      </span>
    </header>
  );
}
