import * as z from 'zod';
import { nameSchema } from '../../access/text-field.ts';
import { readFirstIndex } from '../../retention/removed-records.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { asLegalHold } from './legal-hold.ts';

const index = z.int('must be a whole number').min(0, 'must not be negative');

/** Both ends are in the range, and may be beyond the records there are; without an end the range goes on with the ledger. */
export const createLegalHold = defineChange({
  name: 'CREATE_LEGAL_HOLD',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({ from: index, to: index.nullish(), reason: nameSchema }),
  }),
  async run(
    { transactor, caller, now, services, annotate, afterCommit },
    { input: { from, to = null, reason } },
  ) {
    const firstIndex = await readFirstIndex(transactor);
    if (from < firstIndex) {
      throw new ActionError(
        'INVALID_INPUT',
        `input.from: the records before ${firstIndex} are removed already`,
        {
          field: 'input.from',
        },
      );
    }
    if (to !== null && to < from) {
      throw new ActionError('INVALID_INPUT', 'input.to: must not be before input.from', {
        field: 'input.to',
      });
    }
    const row = await transactor
      .insertInto('legal_holds')
      .values({
        id: services.newId(),
        from_index: from,
        to_index: to,
        reason,
        created_at: now,
        created_by: actorReference(caller),
        released_at: null,
        released_by: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ after: { id: row.id, from, to, reason } });
    afterCommit(services.retention.wake);
    return { legalHold: asLegalHold(row) };
  },
});
