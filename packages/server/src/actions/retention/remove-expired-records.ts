import { formatTimestamp, type RemovalDetails } from '@pawprint/record';
import { tileWidth } from '@pawprint/verifier';
import * as z from 'zod';
import { mayGo, readExpiredBundles } from '../../retention/expired-bundles.ts';
import { readLegalHolds } from '../../retention/legal-holds.ts';
import { readFirstIndex } from '../../retention/removed-records.ts';
import { currentDays, dayMs, readRetentionPeriods } from '../../retention/retention-periods.ts';
import type { Rows } from '../../store/store.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';

/** Reading more at once would take long; the rest gets a record of its own. */
export const bundlesRemovedMax = 256;

/**
 * Decides and puts on record which records are over: from then on they are not shown any more. Their bytes are deleted
 * afterwards. Only whole entry bundles go, from the front, up to the first that must stay.
 */
export const removeExpiredRecords = defineChange({
  name: 'REMOVE_EXPIRED_RECORDS',
  requires: 'system',
  input: z.strictObject({}),
  // It makes room.
  neededOnFullDisk: true,
  prepare: async ({ reader, services, now }) =>
    readExpiredBundles(services.ledger, await readRules(reader, now), bundlesRemovedMax),
  async run({ transactor, now, annotate }, _input, candidates): Promise<RemovalDetails> {
    const from = await readFirstIndex(transactor);
    const rules = await readRules(transactor, now);
    const kept = candidates.findIndex(
      (bundle, at) => bundle.from !== from + at * tileWidth || !mayGo(bundle, rules),
    );
    const bundles = kept < 0 ? candidates : candidates.slice(0, kept);
    const newestRecord = bundles
      .map((bundle) => bundle.newestRecord)
      .toSorted()
      .at(-1);
    if (newestRecord === undefined) {
      throw new ActionError('CONFLICT', 'No record at the front of the ledger is past its time');
    }
    const count = bundles.length * tileWidth;
    await transactor
      .updateTable('removed_records')
      .set({ first_index: from + count })
      .execute();
    const days = currentDays(rules.periods);
    const details: RemovalDetails = {
      from,
      to: from + count - 1,
      count,
      newestRecord,
      timeLimit: formatTimestamp(BigInt(rules.nowMs - days * dayMs) * 1_000_000n),
      days,
      holds: rules.holds,
    };
    annotate.details({ ...details });
    return details;
  },
});

async function readRules(rows: Rows, now: string) {
  return {
    periods: await readRetentionPeriods(rows),
    holds: await readLegalHolds(rows),
    nowMs: Date.parse(now),
  };
}
