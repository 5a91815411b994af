import { setImmediate } from 'node:timers/promises';
import { canonicalBytes, type Entry, type OpenedEntry, RecordError } from '@pawprint/record';
import type { SubjectKeys } from '../sealing/subject-keys.ts';

const openedAtOnce = 500;

/**
 * The bytes of consecutive ledger entries, as far as they may be read now, as the lake takes them.
 * @param from the index of the first.
 * @throws RecordError that names an entry which is not as it was recorded
 */
export async function openEntries(
  encoded: readonly Uint8Array[],
  from: number,
  subjectKeys: Pick<SubjectKeys, 'open'>,
): Promise<readonly Uint8Array[]> {
  const opened: Uint8Array[] = [];
  for (let at = 0; at < encoded.length; at += openedAtOnce) {
    const recorded = encoded
      .slice(at, at + openedAtOnce)
      .map((bytes, place) => readRecorded(bytes, from + at + place));
    const entries = await subjectKeys.open(recorded.map(({ entry }) => entry));
    opened.push(
      ...entries.map((entry, place) => (recorded[place]?.isOrdered ? ordered(entry) : readableEntry(entry))),
    );
    // Requests are answered in between.
    await setImmediate();
  }
  return opened;
}

/**
 * Reads an entry that was checked when it was recorded, and is not checked as thoroughly again.
 * @returns it, and whether what was parsed of it is still in the order of canonical JSON: parsing moves names that are numbers, and no others.
 */
function readRecorded(bytes: Uint8Array, index: number): { entry: Entry; isOrdered: boolean } {
  try {
    const text = utf8.decode(bytes);
    const entry: Entry = JSON.parse(text);
    if (entry.v === 1 || entry.v === 2) return { entry, isOrdered: !/"\d+":/.test(text) };
    throw new RecordError('unknown_version', `the version of ledger entry ${index} is not known`);
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    throw new RecordError('malformed_entry', `ledger entry ${index} is not as it was recorded`, { cause });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** As `readableEntry` writes it, several times faster. */
function ordered({ id, record }: OpenedEntry): Uint8Array {
  return Buffer.from(JSON.stringify({ id, record, v: 1 }));
}

/** An opened entry as the lake takes it. */
export function readableEntry({ id, record }: OpenedEntry): Uint8Array {
  return canonicalBytes({ v: 1, id, record });
}
