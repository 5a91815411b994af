import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button, type ButtonProps } from './button.tsx';

/** Copies a text and says so for a moment; without a border, and on a phone, it is only its icon. */
export function CopyButton({
  text,
  label = 'Copy',
  ...props
}: { readonly text: string; readonly label?: string } & Pick<ButtonProps, 'size' | 'variant'>) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      {...props}
      icon={copied ? Check : Copy}
      onClick={async () => {
        await copyText(text);
        setCopied(true);
        setTimeout(() => setCopied(false), 2000);
      }}
    >
      <span aria-live="polite" className={props.variant === 'ghost' ? 'max-sm:sr-only' : ''}>
        {copied ? 'Copied' : label}
      </span>
    </Button>
  );
}

/** The clipboard API exists only on secure origins; an instance reached over plain HTTP falls back to a selection. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.activeElement?.parentElement?.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
