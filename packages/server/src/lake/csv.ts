/**
 * One line of CSV (RFC 4180), with its line end: nothing for null, JSON for what is nested. Text that a spreadsheet would
 * run as a formula is kept from it by an apostrophe: what is logged, such as a user agent, is written by strangers.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
