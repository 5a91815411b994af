import { formatTimestamp } from '@pawprint/record';
import * as z from 'zod';
import { readLakePeriod, readRowLimit } from '../../retention/lake-periods.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';

/**
 * Puts on record which rows of a table of the data lake go because its period is over. They do so right afterwards; after a
 * crash in between, they are put on record again.
 */
export const removeExpiredRows = defineChange({
  name: 'REMOVE_EXPIRED_DATA_LAKE_ROWS',
  requires: 'system',
  input: z.strictObject({
    table: z.string(),
    rows: z.int(),
    files: z.int(),
    /** All of their events are before it, RFC 3339. */
    timeLimit: z.string(),
    /** The largest ledger index among them. */
    lastIndex: z.int(),
  }),
  // It makes room.
  neededOnFullDisk: true,
  async run({ transactor, now, annotate }, { table, rows, files, timeLimit, lastIndex }) {
    const limit = await readRowLimit(transactor, table, Date.parse(now));
    if (
      limit === undefined ||
      Date.parse(timeLimit) > limit.time.getTime() ||
      lastIndex >= limit.beforeIndex
    ) {
      throw new ActionError('CONFLICT', `The period of ${table} or a legal hold was changed meanwhile`);
    }
    const { removed } = await readLakePeriod(transactor, table);
    const after = {
      removed_before: removed !== undefined && removed.before > timeLimit ? removed.before : timeLimit,
      removed_before_index: Math.max(removed?.beforeIndex ?? 0, lastIndex + 1),
    };
    await transactor
      .insertInto('lake_retention')
      .values({ table_name: table, days: null, ...after })
      .onConflict((conflict) => conflict.column('table_name').doUpdateSet(after))
      .execute();
    const time = formatTimestamp(BigInt(Date.parse(timeLimit)) * 1_000_000n);
    annotate.details({ table, rows, files, timeLimit: time, days: limit.days });
  },
});
