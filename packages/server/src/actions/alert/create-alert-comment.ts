import * as z from 'zod';
import { defineChange } from '../action.ts';
import { requireAlert } from './alert-access.ts';
import { addActivity, asActivities } from './alert-activity.ts';
import { asComment, commentFields } from './alert-comment.ts';

export const createAlertComment = defineChange({
  name: 'CREATE_ALERT_COMMENT',
  requires: 'AlertModify',
  input: z.strictObject({
    input: z.strictObject({ alertId: z.string().max(256), ...commentFields }),
  }),
  async run(context, { input: { alertId, body, format } }) {
    const { transactor, caller, annotate } = context;
    await requireAlert(transactor, caller, alertId, 'input.alertId');
    const row = await addActivity(context, alertId, 'COMMENT', { text: body, format });
    annotate.details({ commentId: row.id });
    return { comment: (await asActivities(transactor, [row])).map(asComment)[0] };
  },
});
