import * as z from 'zod';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';
import { requireAlert } from './alert-access.ts';
import { asActivities, loadActivities } from './alert-activity.ts';
import { asComment, requireComment } from './alert-comment.ts';

export const getAlertComment = defineRead({
  name: 'GET_ALERT_COMMENT',
  requires: 'AlertRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader, caller }, { id }) {
    const row = await requireComment(reader, caller, id);
    return (await asActivities(reader, [row])).map(asComment)[0];
  },
});

/** The comments on an alert, oldest first. */
export const listAlertComments = defineRead({
  name: 'LIST_ALERT_COMMENTS',
  requires: 'AlertRead',
  input: z.strictObject({ input: z.strictObject({ alertId: z.string().max(256), ...pageInput }) }),
  async run({ reader, caller }, { input: { alertId, pageSize, cursor } }) {
    await requireAlert(reader, caller, alertId, 'input.alertId');
    const activities = await loadActivities(reader, alertId);
    const comments = activities.filter(({ kind }) => kind === 'COMMENT').map(asComment);
    return offsetPage(comments, pageSize ?? 25, cursor);
  },
});
