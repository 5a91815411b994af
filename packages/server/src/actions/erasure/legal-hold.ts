import { isHeld, readLegalHolds } from '../../retention/legal-holds.ts';
import type { Reader, Rows } from '../../store/store.ts';
import { ActionError } from '../action-error.ts';

/**
 * The first record that can have data of a subject: none was sealed for them before their key was made.
 * @returns undefined where they have no key, or nothing is that new yet
 */
export async function firstRecordOf(reader: Reader, subject: string): Promise<number | undefined> {
  const key = await reader
    .selectFrom('subject_keys')
    .select('created_at')
    .where('subject', '=', subject)
    .executeTakeFirst();
  if (key === undefined) return undefined;
  const first = await reader
    .selectFrom('history')
    .select(({ fn }) => fn.min('ledger_index').as('index'))
    .where('timestamp', '>=', key.created_at.slice(0, 23).replace('T', ' '))
    .executeTakeFirst();
  return first?.index ?? undefined;
}

/**
 * Refuses to erase a subject while a legal hold covers records that may have data of theirs.
 * @param firstRecord the first of these
 * @throws ActionError CONFLICT
 */
export async function assertNotHeld(rows: Rows, firstRecord: number): Promise<void> {
  const hold = (await readLegalHolds(rows)).find((held) =>
    isHeld([held], firstRecord, Number.MAX_SAFE_INTEGER),
  );
  if (hold === undefined) return;
  const range = hold.to === null ? `from ${hold.from} on` : `${hold.from} to ${hold.to}`;
  throw new ActionError(
    'CONFLICT',
    `Records ${range} are under legal hold and may have data of this subject: release the hold first`,
    { field: 'input.subject.id' },
  );
}
