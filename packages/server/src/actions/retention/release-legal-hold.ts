import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { asLegalHold } from './legal-hold.ts';

/** Its records go when their time is over, unless another hold covers them. */
export const releaseLegalHold = defineChange({
  name: 'RELEASE_LEGAL_HOLD',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, caller, now, services, annotate, afterCommit }, { input: { id } }) {
    const row = await transactor
      .updateTable('legal_holds')
      .set({ released_at: now, released_by: actorReference(caller) })
      .where('id', '=', id)
      .where('released_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) {
      throw new ActionError('NOT_FOUND', `There is no legal hold ${id} in force`, { field: 'input.id' });
    }
    const { from, to, reason } = asLegalHold(row);
    annotate.details({ before: { id, from, to, reason } });
    afterCommit(services.retention.wake);
    return { legalHold: asLegalHold(row) };
  },
});
