import * as z from 'zod';
import { defineRead } from '../action.ts';
import { requireAlert } from './alert-access.ts';

/** The events behind an alert, newest first. */
export const listAlertEvents = defineRead({
  name: 'LIST_ALERT_EVENTS',
  requires: 'AlertRead',
  input: z.strictObject({
    input: z.strictObject({
      alertId: z.string().max(256),
      pageSize: z.int().min(1).max(500).nullish(),
      cursor: z.string().max(1_024).nullish(),
    }),
  }),
  async run({ reader, caller, services }, { input: { alertId, pageSize, cursor } }) {
    const { id, type, log_types } = await requireAlert(reader, caller, alertId, 'input.alertId');
    const alert = { id, type, logTypes: JSON.parse(log_types) };
    return services.readAlertEvents(alert, { pageSize: pageSize ?? 25, cursor });
  },
});
