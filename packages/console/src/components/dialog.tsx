import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { Button, IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { Notice } from './notice.tsx';

const backdropClassName =
  'fixed inset-0 z-40 bg-shade transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0';
const popupClassName =
  'fixed inset-x-0 bottom-0 z-40 mx-auto flex max-h-[92dvh] w-full flex-col rounded-t-lg border border-line bg-raised shadow-popup outline-none transition duration-150 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0 sm:inset-y-0 sm:my-auto sm:h-fit sm:max-h-[86dvh] sm:rounded-lg';

type DialogProps = {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: ReactNode;
  readonly wide?: boolean;
  readonly children: ReactNode;
  readonly footer: ReactNode;
};

/** A modal dialog: the page behind is inert, Escape closes it, and focus returns to where it came from. */
export function Dialog({ open, onClose, title, description, wide = false, children, footer }: DialogProps) {
  const bodyRef = useRef<HTMLDivElement>(null);
  // The first field, except where that would open a keyboard over the dialog.
  const firstField = (openedBy: string) =>
    (openedBy !== 'touch' && bodyRef.current?.querySelector<HTMLElement>('input:not(:disabled)')) || true;
  return (
    <BaseDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={backdropClassName} />
        <BaseDialog.Popup
          initialFocus={firstField}
          className={classNames(popupClassName, wide ? 'sm:max-w-3xl' : 'sm:max-w-lg')}
        >
          <header className="flex items-center gap-4 border-line border-b px-5 py-3">
            <div className="flex-1">
              <BaseDialog.Title className="font-semibold text-lg">{title}</BaseDialog.Title>
              {description && (
                <BaseDialog.Description className="text-muted text-sm">{description}</BaseDialog.Description>
              )}
            </div>
            <BaseDialog.Close render={<IconButton label="Close" icon={X} className="-mr-2" />} />
          </header>
          <div ref={bodyRef} className="thin-scrollbar min-h-0 flex-1 overflow-y-auto px-5 py-4">
            {children}
          </div>
          <footer className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3">
            {footer}
          </footer>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

type ConfirmDialogProps = {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
  readonly title: string;
  readonly confirmLabel: string;
  readonly pending: boolean;
  readonly error: unknown;
  readonly danger?: boolean;
  readonly children: ReactNode;
};

/** Asks before something that cannot be taken back; a click outside does not answer it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onClose, onConfirm, title, confirmLabel, pending, error, danger = true, children } = props;
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropClassName} />
        <AlertDialog.Popup className={classNames(popupClassName, 'sm:max-w-md')}>
          <div className="flex flex-col gap-2 px-5 pt-4 pb-5">
            <AlertDialog.Title className="font-semibold text-lg">{title}</AlertDialog.Title>
            <AlertDialog.Description render={<div />} className="text-muted text-sm">
              {children}
            </AlertDialog.Description>
            {error instanceof Error && <Notice tone="bad" title={error.message} />}
          </div>
          <footer className="flex justify-end gap-2 border-line border-t px-5 py-3">
            <AlertDialog.Close render={<Button>Cancel</Button>} />
            <Button variant={danger ? 'danger' : 'primary'} pending={pending} onClick={onConfirm}>
              {confirmLabel}
            </Button>
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

type DrawerProps = {
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly children: ReactNode;
};

/** A panel at the right edge (the whole screen on a phone) that shows one thing of the list behind it. */
export function Drawer({ onClose, title, description, actions, onKeyDown, children }: DrawerProps) {
  const popupRef = useRef<HTMLDivElement>(null);
  return (
    <BaseDialog.Root open onOpenChange={(next) => !next && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={backdropClassName} />
        <BaseDialog.Popup
          ref={popupRef}
          initialFocus={popupRef}
          onKeyDown={onKeyDown}
          className="fixed inset-y-0 right-0 z-40 flex w-full flex-col border-line bg-surface shadow-popup outline-none transition duration-150 data-starting-style:translate-x-4 data-starting-style:opacity-0 sm:w-[min(44rem,90vw)] sm:border-l"
        >
          <header className="flex items-start gap-1 border-line border-b py-3 pr-3 pl-5">
            <div className="min-w-0 flex-1 pt-1">
              <BaseDialog.Title className="break-words font-semibold text-lg">{title}</BaseDialog.Title>
              {description && (
                <BaseDialog.Description render={<div />} className="text-muted text-sm">
                  {description}
                </BaseDialog.Description>
              )}
            </div>
            {actions}
            <BaseDialog.Close render={<IconButton label="Close" icon={X} />} />
          </header>
          <div className="thin-scrollbar min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
