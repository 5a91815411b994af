import { CopyButton } from '../../components/copy-button.tsx';

/** A public key, to be copied to where it is to be trusted. */
export function KeyText({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className="flex flex-col gap-1">
      <span className="font-medium text-sm">{label}</span>
      <div className="flex items-start gap-2">
        <output
          aria-label={label}
          className="min-w-0 flex-1 select-all break-all rounded-md border border-line bg-sunken px-2.5 py-1.5 font-mono text-xs"
        >
          {value}
        </output>
        <CopyButton text={value} size="small" />
      </div>
    </div>
  );
}
