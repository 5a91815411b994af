import * as z from 'zod';
import { newDelivery } from '../../alerts/route-alert.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireDestination } from '../destination/destination.ts';
import { type Alert, asAlerts } from './alert.ts';
import { requireAlert } from './alert-access.ts';
import { addActivity, loadActivities } from './alert-activity.ts';

/** Sends an alert to a destination, again or for the first time, with as many attempts as at first. */
export const retryAlertDelivery = defineChange({
  name: 'RETRY_ALERT_DELIVERY',
  requires: 'AlertModify',
  input: z.strictObject({
    input: z.strictObject({ alertId: z.string().max(256), outputId: z.string().max(256) }),
  }),
  async run(context, { input: { alertId, outputId } }): Promise<{ alert: Alert | undefined }> {
    const { transactor, caller, now, services, annotate, afterCommit } = context;
    const row = await requireAlert(transactor, caller, alertId, 'input.alertId');
    const destination = await requireDestination(transactor, outputId, 'input.outputId');
    const delivery = { ...newDelivery(row, outputId), created_at: now, next_attempt_at: now };
    const before = await transactor
      .selectFrom('alert_deliveries')
      .select('status')
      .where('id', '=', delivery.id)
      .executeTakeFirst();
    if (before?.status === 'PENDING') {
      throw new ActionError('CONFLICT', `The alert is still on its way to ${destination.name}`, {
        field: 'input.outputId',
      });
    }
    const { status, attempts, next_attempt_at } = delivery;
    await transactor
      .insertInto('alert_deliveries')
      .values(delivery)
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ status, attempts, next_attempt_at }))
      .execute();
    await addActivity(context, alertId, 'DELIVERY', { destination: destination.name, outcome: status });
    annotate.details({ alertId, destination: destination.name, before: before?.status ?? null });
    afterCommit(services.alertDeliveries.wake);
    const [alert] = await asAlerts(transactor, [row]);
    return { alert: alert && { ...alert, activities: await loadActivities(transactor, alertId) } };
  },
});
