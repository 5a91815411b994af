import { Menu as BaseMenu } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { popupClassName } from './popup-class-names.ts';

type MenuProps = {
  readonly trigger: ReactElement;
  readonly side?: 'top' | 'bottom' | 'right';
  readonly align?: 'start' | 'end';
  readonly onOpenChange?: (open: boolean) => void;
  readonly children: ReactNode;
};

export function Menu({ trigger, side = 'bottom', align = 'end', onOpenChange, children }: MenuProps) {
  return (
    <BaseMenu.Root {...(onOpenChange && { onOpenChange })}>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner side={side} align={align} sideOffset={4} className="z-50">
          <BaseMenu.Popup className={classNames(popupClassName, 'min-w-48')}>{children}</BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

type MenuItemProps = {
  readonly icon?: LucideIcon;
  readonly onClick?: () => void;
  readonly danger?: boolean;
  /** Why the user may not choose it, shown under its label. */
  readonly disabledReason?: string | undefined;
  /** An element to be the item instead, such as a link. */
  readonly render?: ReactElement;
  readonly children: ReactNode;
};

export function MenuItem({
  icon: Icon,
  onClick,
  danger = false,
  disabledReason,
  render,
  children,
}: MenuItemProps) {
  return (
    <BaseMenu.Item
      disabled={disabledReason !== undefined}
      {...(onClick && { onClick })}
      {...(render && { render })}
      className={classNames(
        'flex items-start gap-2.5 rounded-md px-2 py-1.5 outline-none data-disabled:cursor-not-allowed data-highlighted:bg-hover data-disabled:text-faint',
        danger && 'not-data-disabled:text-bad',
      )}
    >
      {Icon && <Icon className="mt-0.5 size-4 shrink-0 opacity-80" aria-hidden="true" />}
      <span className="max-w-60">
        {children}
        {disabledReason && <span className="block text-faint text-xs">{disabledReason}</span>}
      </span>
    </BaseMenu.Item>
  );
}

export function MenuSeparator() {
  return <BaseMenu.Separator className="mx-1 my-1 h-px bg-line" />;
}
