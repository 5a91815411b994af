import * as z from 'zod';
import { defineRead } from '../action.ts';
import { type Alert, asAlerts } from './alert.ts';
import { requireAlert } from './alert-access.ts';
import { loadActivities } from './alert-activity.ts';

export const getAlert = defineRead({
  name: 'GET_ALERT',
  requires: 'AlertRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader, caller }, { id }): Promise<Alert | undefined> {
    const row = await requireAlert(reader, caller, id, 'id');
    const [alert] = await asAlerts(reader, [row]);
    return alert && { ...alert, activities: await loadActivities(reader, id) };
  },
});
