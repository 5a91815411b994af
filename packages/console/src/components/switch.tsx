import { Switch as BaseSwitch } from '@base-ui/react/switch';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

/** A switch; give it a label element around it, or an aria-label. */
export function Switch({
  className,
  ...props
}: Omit<ComponentProps<typeof BaseSwitch.Root>, 'className'> & { readonly className?: string }) {
  return (
    <BaseSwitch.Root
      {...props}
      className={classNames(
        'flex h-5 w-9 shrink-0 items-center rounded-full border border-control bg-sunken transition-colors data-checked:border-accent data-disabled:cursor-not-allowed data-checked:bg-accent data-disabled:opacity-60',
        className,
      )}
    >
      <BaseSwitch.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-control transition-transform data-checked:translate-x-[1.125rem] data-checked:bg-on-accent" />
    </BaseSwitch.Root>
  );
}
