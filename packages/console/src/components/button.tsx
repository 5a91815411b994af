import { Button as BaseButton } from '@base-ui/react/button';
import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';
import { Hint } from './hint.tsx';

const variants = {
  primary:
    'bg-accent text-on-accent hover:bg-accent-hover border-transparent data-disabled:bg-accent data-disabled:opacity-50',
  secondary:
    'bg-surface text-ink border-control/70 hover:bg-hover data-disabled:text-faint data-disabled:bg-surface',
  ghost:
    'border-transparent text-muted hover:bg-hover hover:text-ink data-disabled:bg-transparent data-disabled:text-faint data-disabled:opacity-60',
  danger:
    'bg-bad text-on-accent hover:bg-bad-hover border-transparent data-disabled:bg-bad data-disabled:opacity-50',
};
const sizes = { small: 'h-7 px-2 text-xs gap-1.5', medium: 'h-8 px-3 text-sm gap-2' };

export type ButtonProps = Omit<ComponentProps<typeof BaseButton>, 'className'> & {
  readonly variant?: keyof typeof variants;
  readonly size?: keyof typeof sizes;
  readonly icon?: LucideIcon;
  /** Shows that the action runs; a second press does nothing meanwhile. */
  readonly pending?: boolean;
  /** Why the user may not press it. The button stays focusable so that the reason can be reached. */
  readonly disabledReason?: string | undefined;
  readonly className?: string;
};

/** The look of a button, for elements that are one by their nature and not by this component. */
export function buttonClassName(
  variant: keyof typeof variants = 'secondary',
  size: keyof typeof sizes = 'medium',
  className?: string,
): string {
  return classNames(
    'inline-flex shrink-0 select-none items-center justify-center rounded-md border font-medium whitespace-nowrap transition-colors data-disabled:cursor-not-allowed',
    variants[variant],
    sizes[size],
    className,
  );
}

export function Button({
  variant,
  size,
  icon: Icon,
  pending = false,
  disabledReason,
  className,
  children,
  disabled,
  ...props
}: ButtonProps) {
  const button = (
    <BaseButton
      {...props}
      disabled={disabled || pending || disabledReason !== undefined}
      focusableWhenDisabled={pending || disabledReason !== undefined}
      aria-busy={pending || undefined}
      aria-description={disabledReason}
      className={buttonClassName(variant, size, className)}
    >
      {pending ? (
        <LoaderCircle className="size-4 animate-spin" aria-hidden="true" />
      ) : (
        Icon && <Icon className="size-4" aria-hidden="true" />
      )}
      {children}
    </BaseButton>
  );
  return disabledReason === undefined ? button : <Hint text={disabledReason}>{button}</Hint>;
}

/** A button that shows only its icon; the label is its name and its tooltip. */
export function IconButton({
  label,
  icon: Icon,
  variant = 'ghost',
  className,
  ...props
}: Omit<ComponentProps<typeof BaseButton>, 'className'> & {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly variant?: keyof typeof variants;
  readonly className?: string;
}) {
  return (
    <Hint text={label}>
      <BaseButton
        {...props}
        aria-label={label}
        className={buttonClassName(variant, 'medium', classNames('w-8 px-0!', className))}
      >
        <Icon className="size-4" aria-hidden="true" />
      </BaseButton>
    </Hint>
  );
}
