import { Hint } from './hint.tsx';
import { formatRelativeTime, formatTime, parseTime } from './timestamp.ts';

type TimeProps = { readonly value: string | null | undefined; readonly never?: string };

/** How long ago, with the exact UTC time on hover or focus. */
export function Time({ value, never = 'Never' }: TimeProps) {
  if (!value) return <span className="text-faint">{never}</span>;
  return (
    <Hint text={`${formatTime(value, 'milliseconds')} UTC`}>
      <time dateTime={parseTime(value).toISOString()} className="whitespace-nowrap">
        {formatRelativeTime(value, new Date())}
      </time>
    </Hint>
  );
}
