import { RecordError } from './record-error.ts';

const shape = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/;
const earliest = parseSeconds('0001-01-01', '00:00:00') * 1_000_000_000n;
const latest = parseSeconds('9999-12-31', '23:59:59') * 1_000_000_000n + 999_999_999n;

/**
 * Reads a record's timestamp, `YYYY-MM-DD HH:MM:SS` in UTC with up to nine fraction digits.
 * @returns nanoseconds since 1970-01-01 00:00:00 UTC, negative before it.
 * @throws RecordError `not_a_timestamp` for any other form, a day or time that does not exist, or the year 0000.
 */
export function parseTimestamp(text: string): bigint {
  const [, day, time, fraction = ''] = shape.exec(text) ?? [];
  if (day === undefined || time === undefined) throw notATimestamp();
  const epochNanoseconds = parseSeconds(day, time) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  if (epochNanoseconds < earliest) throw notATimestamp();
  return epochNanoseconds;
}

/**
 * Writes a record's timestamp, always with nine fraction digits, so that text order is time order.
 * @throws RecordError `not_a_timestamp` outside the years 0001 to 9999.
 */
export function formatTimestamp(epochNanoseconds: bigint): string {
  if (epochNanoseconds < earliest || epochNanoseconds > latest) throw notATimestamp();
  const fraction = ((epochNanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = (epochNanoseconds - fraction) / 1_000_000_000n;
  const text = new Date(Number(seconds) * 1_000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${String(fraction).padStart(9, '0')}`;
}

/** Whether `parseTimestamp` accepts the text. */
export function isTimestamp(text: string): boolean {
  try {
    parseTimestamp(text);
    return true;
  } catch (error) {
    if (error instanceof RecordError) return false;
    throw error;
  }
}

function parseSeconds(day: string, time: string): bigint {
  const milliseconds = Date.parse(`${day}T${time}.000Z`);
  // Date.parse moves 30 February and 24:00:00 on to the next day.
  const isMoved = new Date(milliseconds).getUTCDate() !== Number(day.slice(-2));
  if (Number.isNaN(milliseconds) || isMoved) throw notATimestamp();
  return BigInt(milliseconds / 1_000);
}

function notATimestamp(): RecordError {
  return new RecordError('not_a_timestamp', 'a timestamp is YYYY-MM-DD HH:MM:SS.fffffffff in UTC');
}
