import * as z from 'zod';
import { defineChange } from '../action.ts';
import { alertIds, changeAlerts } from './change-alerts.ts';

/** Whether it was good that the alerts were made: what tells a rule that needs tuning. */
export const updateAlertQuality = defineChange({
  name: 'UPDATE_ALERT_QUALITY',
  requires: 'AlertModify',
  input: z.strictObject({
    input: z.strictObject({ ids: alertIds, quality: z.enum(['NOISE', 'USEFUL']).nullish() }),
  }),
  run: (context, { input: { ids, quality } }) =>
    changeAlerts(context, ids, { column: 'quality', kind: 'QUALITY', to: quality ?? null }),
});
