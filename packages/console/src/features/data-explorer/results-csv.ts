import { cellText } from './result-columns.ts';

/**
 * Rows as CSV (RFC 4180). Text that a spreadsheet would run as a formula is kept from it by an apostrophe: what is
 * logged, such as a user agent, is written by strangers.
 */
export function resultsCsv(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  return lines.map((values) => `${values.map(field).join(',')}\r\n`).join('');
}

function field(value: unknown): string {
  const text = cellText(value) ?? '';
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
