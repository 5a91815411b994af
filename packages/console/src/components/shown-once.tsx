import { CopyButton } from './copy-button.tsx';
import { Notice } from './notice.tsx';

type ShownOnceProps = { readonly label: string; readonly value: string; readonly children: string };

/** A secret the server will never show again: the whole value, selectable, with a copy button and the warning. */
export function ShownOnce({ label, value, children }: ShownOnceProps) {
  return (
    <div className="flex flex-col gap-3">
      <Notice tone="warn" title="This is shown only once">
        {children}
      </Notice>
      <div className="flex items-start gap-2">
        <output
          aria-label={label}
          className="min-w-0 flex-1 select-all break-all rounded-md border border-line bg-sunken px-2.5 py-1.5 font-mono text-xs"
        >
          {value}
        </output>
        <CopyButton text={value} />
      </div>
    </div>
  );
}
