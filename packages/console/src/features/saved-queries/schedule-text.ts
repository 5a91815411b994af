import type { SavedQueryRowFragment } from '../../api/operations.ts';

type Schedule = NonNullable<SavedQueryRowFragment['schedule']>;

/** A schedule in words, such as "Every 15 minutes". */
export function scheduleText({ cron, rateMinutes }: Pick<Schedule, 'cron' | 'rateMinutes'>): string {
  if (cron !== null) return `${cron} (UTC)`;
  const [length, unit] = largestUnit(rateMinutes ?? 0);
  return length === 1 ? `Every ${unit}` : `Every ${length} ${unit}s`;
}

function largestUnit(minutes: number): readonly [number, string] {
  if (minutes % 1_440 === 0) return [minutes / 1_440, 'day'];
  if (minutes % 60 === 0) return [minutes / 60, 'hour'];
  return [minutes, 'minute'];
}
