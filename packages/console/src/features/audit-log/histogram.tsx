import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { classNames } from '../../components/class-names.ts';
import { formatTime } from '../../components/timestamp.ts';
import type { AuditLogCounts } from './audit-log-counts.ts';

type Bucket = AuditLogCounts['buckets'][number];

type HistogramProps = {
  readonly buckets: readonly Bucket[];
  readonly intervalSeconds: number;
  /** Both in UTC to the second and in the range, as the address bar holds times. */
  readonly onSelect: (range: { readonly from: string; readonly to: string }) => void;
};

/** Two places of buckets, both in the selection. */
type Selection = { readonly anchor: number; readonly head: number };

/**
 * Records over time, failures apart. A range is chosen by dragging, or with the keyboard: the arrows move to a bucket,
 * with Shift they choose several, Enter applies.
 */
export function Histogram({ buckets, intervalSeconds, onSelect }: HistogramProps) {
  const [selection, setSelection] = useState<Selection>();
  const [hovered, setHovered] = useState<number>();
  const dragging = useRef(false);
  const last = buckets.length - 1;
  const highest = Math.max(1, ...buckets.map(total));
  const head = Math.min(selection?.head ?? last, last);
  const shown = buckets[dragging.current || hovered === undefined ? head : hovered];
  const [start, end] = ordered(selection);

  const apply = ({ anchor, head }: Selection) => {
    const [first, final] = ordered({ anchor, head });
    const [from, to] = [buckets[first], buckets[final]];
    if (from === undefined || to === undefined) return;
    setSelection(undefined);
    onSelect({
      from: from.start.slice(0, 19),
      to: new Date(Date.parse(to.start) + (intervalSeconds - 1) * 1_000).toISOString().slice(0, 19),
    });
  };
  const placeOf = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(last, Math.max(0, Math.floor(((clientX - left) / width) * buckets.length)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: head - 1,
      ArrowRight: head + 1,
      PageUp: head - 10,
      PageDown: head + 10,
      Home: 0,
      End: last,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(last, Math.max(0, step));
      setSelection({ anchor: event.shiftKey ? (selection?.anchor ?? head) : next, head: next });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      apply(selection ?? { anchor: head, head });
    } else if (event.key === 'Escape') {
      setSelection(undefined);
    }
  };

  return (
    <div className="relative flex flex-col gap-1">
      <div
        role="slider"
        tabIndex={0}
        aria-label="Records over time"
        aria-description="Arrow keys move along the time, with Shift they choose a range, Enter narrows the log to it."
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, head)}
        aria-valuetext={valueText(buckets, selection ?? { anchor: head, head }, intervalSeconds)}
        className="cursor-crosshair touch-none select-none rounded-sm"
        onKeyDown={onKeyDown}
        onBlur={() => setSelection(undefined)}
        onPointerDown={(event) => {
          if (event.button !== 0 || last < 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          dragging.current = true;
          const place = placeOf(event);
          setSelection({ anchor: place, head: place });
        }}
        onPointerMove={(event) => {
          const place = placeOf(event);
          setHovered(place);
          if (dragging.current && selection) setSelection({ ...selection, head: place });
        }}
        onPointerLeave={() => setHovered(undefined)}
        onPointerUp={(event) => {
          if (!dragging.current || !selection) return;
          dragging.current = false;
          apply({ ...selection, head: placeOf(event) });
        }}
        onPointerCancel={() => {
          dragging.current = false;
          setSelection(undefined);
        }}
      >
        <svg
          viewBox={`0 0 ${Math.max(1, buckets.length)} 100`}
          preserveAspectRatio="none"
          className="block h-16 w-full"
          aria-hidden="true"
        >
          {selection && (
            <rect x={start} y={0} width={end - start + 1} height={100} className="fill-accent-soft" />
          )}
          {buckets.map((bucket, place) => (
            <Bar key={bucket.start} bucket={bucket} place={place} highest={highest} lit={place === hovered} />
          ))}
          <line x1={0} x2={Math.max(1, buckets.length)} y1={100} y2={100} className="stroke-line" />
        </svg>
      </div>
      <div className="flex justify-between gap-4 text-2xs text-faint" aria-hidden="true">
        <span className="whitespace-nowrap">{timeLabel(buckets[0]?.start, intervalSeconds)}</span>
        <span
          className={classNames('truncate text-muted', hovered === undefined && !selection && 'invisible')}
        >
          {shown && bucketText(shown, intervalSeconds)}
        </span>
        <span className="whitespace-nowrap">
          {last >= 0 && timeLabel(endOf(buckets[last], intervalSeconds), intervalSeconds)}
        </span>
      </div>
    </div>
  );
}

type BarProps = {
  readonly bucket: Bucket;
  readonly place: number;
  readonly highest: number;
  readonly lit: boolean;
};

function Bar({ bucket, place, highest, lit }: BarProps) {
  if (total(bucket) === 0) return null;
  // What is there is seen, however many others there are elsewhere.
  const height = (count: number) => (count === 0 ? 0 : Math.max(3, (count / highest) * 96));
  const [bad, warn, good] = [bucket.failed, bucket.partiallyFailed, bucket.succeeded].map(height) as [
    number,
    number,
    number,
  ];
  const box = { x: place + 0.1, width: 0.8 };
  return (
    <>
      <rect {...box} y={100 - bad} height={bad} className="fill-bad" />
      <rect {...box} y={100 - bad - warn} height={warn} className="fill-warn" />
      <rect
        {...box}
        y={Math.max(0, 100 - bad - warn - good)}
        height={good}
        className={lit ? 'fill-accent' : 'fill-accent/70'}
      />
    </>
  );
}

function total({ succeeded, failed, partiallyFailed }: Bucket): number {
  return succeeded + failed + partiallyFailed;
}

function ordered({ anchor, head }: Selection = { anchor: 0, head: 0 }): [number, number] {
  return anchor < head ? [anchor, head] : [head, anchor];
}

function valueText(buckets: readonly Bucket[], selection: Selection, intervalSeconds: number): string {
  const [first, last] = ordered(selection);
  const chosen = buckets.slice(Math.max(0, first), last + 1);
  const [from] = chosen;
  if (from === undefined) return 'No records';
  const sum = chosen.reduce(
    (before, bucket) => ({
      start: before.start,
      succeeded: before.succeeded + bucket.succeeded,
      failed: before.failed + bucket.failed,
      partiallyFailed: before.partiallyFailed + bucket.partiallyFailed,
    }),
    { start: from.start, succeeded: 0, failed: 0, partiallyFailed: 0 },
  );
  return bucketText(sum, intervalSeconds * chosen.length);
}

function bucketText(bucket: Bucket, seconds: number): string {
  const count = total(bucket).toLocaleString('en');
  const failed = bucket.failed + bucket.partiallyFailed;
  const times = `${timeLabel(bucket.start, seconds)} to ${timeLabel(endOf(bucket, seconds), seconds)}`;
  return `${times}: ${count} ${count === '1' ? 'record' : 'records'}${failed > 0 ? `, ${failed.toLocaleString('en')} failed` : ''}`;
}

function endOf(bucket: Bucket | undefined, seconds: number): string | undefined {
  return bucket && new Date(Date.parse(bucket.start) + seconds * 1_000).toISOString();
}

/** As precise as the interval. */
function timeLabel(start: string | undefined, intervalSeconds: number): string {
  if (start === undefined) return '';
  return formatTime(start).slice(0, intervalSeconds >= 86_400 ? 10 : intervalSeconds >= 60 ? 16 : 19);
}
