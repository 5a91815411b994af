import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { asActivities } from './alert-activity.ts';
import { asComment, commentFields, requireComment } from './alert-comment.ts';

/** Changes what one wrote oneself; when it was changed is told with it. */
export const updateAlertComment = defineChange({
  name: 'UPDATE_ALERT_COMMENT',
  requires: 'AlertModify',
  input: z.strictObject({ id: z.string().max(256), alertId: z.string().max(256), ...commentFields }),
  async run({ transactor, caller, now, annotate }, { id, alertId, body, format }) {
    const row = await requireComment(transactor, caller, id);
    if (row.alert_id !== alertId) {
      throw new ActionError('NOT_FOUND', `The alert ${alertId} has no comment ${id}`, { field: 'alertId' });
    }
    if (row.actor !== actorReference(caller)) {
      throw new ActionError('FORBIDDEN', 'Only who wrote a comment can change it');
    }
    const after = await transactor
      .updateTable('alert_activities')
      .set({ body: JSON.stringify({ text: body, format, updatedAt: now }) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ commentId: id });
    return (await asActivities(transactor, [after])).map(asComment)[0];
  },
});
