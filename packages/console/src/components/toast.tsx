import { Toast } from '@base-ui/react/toast';
import { CircleCheck, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';

/** Says that something was done; failures stay where they happened and are never a toast. */
export function useToast(): (title: string) => void {
  const { add } = Toast.useToastManager();
  return (title) => add({ title });
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  return (
    <Toast.Provider>
      {children}
      <Toast.Portal>
        {/* What lies beside and under a toast can still be pressed. */}
        <Toast.Viewport className="pointer-events-none fixed right-4 bottom-4 left-4 z-50 flex flex-col items-end gap-2">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="pointer-events-auto w-full max-w-80 rounded-lg border border-line bg-raised shadow-popup transition duration-150 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-center gap-2.5 py-1.5 pr-1.5 pl-3">
        <CircleCheck className="size-4 shrink-0 text-good" aria-hidden="true" />
        <Toast.Title className="flex-1 font-medium text-sm" />
        <Toast.Close render={<IconButton label="Dismiss" icon={X} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
