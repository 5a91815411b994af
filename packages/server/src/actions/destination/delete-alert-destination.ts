import * as z from 'zod';
import { defineChange } from '../action.ts';
import { destinationDetails, requireDestination } from './destination.ts';

/** Removes a destination. What was on its way there does not arrive, and its alerts say so. */
export const deleteAlertDestination = defineChange({
  name: 'DELETE_ALERT_DESTINATION',
  requires: 'DestinationModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, annotate, services, afterCommit }, { input: { id } }) {
    const before = await requireDestination(transactor, id, 'input.id');
    await transactor.deleteFrom('destinations').where('id', '=', id).execute();
    const { numUpdatedRows } = await transactor
      .updateTable('alert_deliveries')
      .set({ status: 'FAILED', next_attempt_at: null, message: 'The destination was deleted' })
      .where('destination_id', '=', id)
      .where('status', '=', 'PENDING')
      .executeTakeFirst();
    annotate.details({ before: destinationDetails(before), undelivered: Number(numUpdatedRows) });
    afterCommit(() => services.alertDeliveries.forget(before.name));
    return { id };
  },
});
