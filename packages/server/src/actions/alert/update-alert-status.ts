import * as z from 'zod';
import { alertStatuses } from '../../store/tables.ts';
import { defineChange } from '../action.ts';
import { alertIds, changeAlerts } from './change-alerts.ts';

export const updateAlertStatus = defineChange({
  name: 'UPDATE_ALERT_STATUS',
  requires: 'AlertModify',
  input: z.strictObject({ input: z.strictObject({ ids: alertIds, status: z.enum(alertStatuses) }) }),
  run: (context, { input: { ids, status } }) =>
    changeAlerts(context, ids, { column: 'status', kind: 'STATUS', to: status }),
});
