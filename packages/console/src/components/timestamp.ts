/**
 * The console shows every time in UTC, as the records carry it, so that two people in two places compare the
 * same text. `iso` is RFC 3339, or the records' own `YYYY-MM-DD HH:MM:SS.fffffffff`.
 */
export function parseTime(text: string): Date {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?$/.exec(text);
  if (match === null) return new Date(Number.NaN);
  const [, day, time, fraction = ''] = match;
  return new Date(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
}

/** `2026-01-02 03:04:05`, with milliseconds on request; the text itself when it is not a time. */
export function formatTime(text: string, precision: 'seconds' | 'milliseconds' = 'seconds'): string {
  const date = parseTime(text);
  if (Number.isNaN(date.getTime())) return text;
  const iso = date.toISOString().replace('T', ' ');
  return precision === 'seconds' ? iso.slice(0, 19) : iso.slice(0, 23);
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 hours ago`, `in 2 days`, `now`: coarse on purpose. */
export function formatRelativeTime(text: string, now: Date): string {
  const seconds = (parseTime(text).getTime() - now.getTime()) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute', 60];
  const count = Math.trunc(seconds / size);
  if (count === 0) return 'just now';
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(count, unit);
}
