import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Check, Minus } from 'lucide-react';
import type { ComponentProps } from 'react';

/** A tick box; give it a label element around it, or an aria-label. */
export function Checkbox(props: Omit<ComponentProps<typeof BaseCheckbox.Root>, 'className'>) {
  return (
    <BaseCheckbox.Root
      {...props}
      className="grid size-4 shrink-0 place-items-center rounded-sm border border-control bg-surface text-on-accent transition-colors data-checked:border-accent data-indeterminate:border-accent data-checked:bg-accent data-indeterminate:bg-accent data-disabled:cursor-not-allowed data-disabled:opacity-60"
    >
      <BaseCheckbox.Indicator
        render={(indicator, state) => (
          <span {...indicator}>
            {state.indeterminate ? (
              <Minus className="size-3" strokeWidth={3} aria-hidden="true" />
            ) : (
              <Check className="size-3" strokeWidth={3} aria-hidden="true" />
            )}
          </span>
        )}
      />
    </BaseCheckbox.Root>
  );
}
