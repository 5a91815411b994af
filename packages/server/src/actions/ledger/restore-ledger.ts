import { parseCheckpoint, parseNote } from '@pawprint/verifier';
import * as z from 'zod';
import { defineRead } from '../action.ts';

/**
 * The first action of an instance that has taken over, verified, the ledger of an earlier one. The state that it goes on
 * from is in its database by then; the record says which that was.
 */
export const restoreLedger = defineRead({
  name: 'RESTORE_LEDGER',
  requires: 'system',
  input: z.strictObject({}),
  async run({ services: { ledger }, annotate }) {
    const { origin, size, rootHash } = parseCheckpoint(parseNote(ledger.checkpoint).text);
    annotate.details({ origin, size, rootHash: Buffer.from(rootHash).toString('base64') });
  },
});
