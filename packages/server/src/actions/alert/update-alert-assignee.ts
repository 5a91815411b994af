import { personal } from '@pawprint/record';
import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { type ChangeContext, defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { asCaller, requireUser, type UserWithRoleRow, userReference, userRows } from '../user/user.ts';
import { alertIds, type ChangedAlerts, changeAlerts } from './change-alerts.ts';

/** Without an assignee the alerts are nobody's. */
export const updateAlertsAssigneeById = defineChange({
  name: 'UPDATE_ALERT_ASSIGNEE',
  requires: 'AlertModify',
  input: z.strictObject({
    input: z.strictObject({ ids: alertIds, assigneeId: z.string().max(256).nullish() }),
  }),
  async run(context, { input: { ids, assigneeId } }) {
    const user =
      assigneeId == null ? undefined : await requireUser(context.transactor, assigneeId, 'input.assigneeId');
    return assign(context, ids, user, 'input.assigneeId');
  },
});

export const updateAlertsAssigneeByEmail = defineChange({
  name: 'UPDATE_ALERT_ASSIGNEE',
  requires: 'AlertModify',
  input: z.strictObject({
    input: z.strictObject({ ids: alertIds, assigneeEmail: personal(z.string().max(256)) }),
  }),
  async run(context, { input: { ids, assigneeEmail } }) {
    const field = 'input.assigneeEmail';
    const user = await userRows(context.transactor)
      .where('users.email_key', '=', emailKey(assigneeEmail))
      .executeTakeFirst();
    if (user === undefined) {
      throw new ActionError('NOT_FOUND', `There is no user ${assigneeEmail}`, { field, about: null });
    }
    context.annotate.about(userReference(user.id));
    return assign(context, ids, user, field);
  },
});

/** @throws ActionError CONFLICT for somebody who could do nothing with the alerts. */
async function assign(
  context: ChangeContext,
  ids: readonly string[],
  user: UserWithRoleRow | undefined,
  field: string,
): Promise<ChangedAlerts> {
  if (user !== undefined && !asCaller(user).permissions.has('AlertRead')) {
    throw new ActionError('CONFLICT', `The user ${user.id} may not see alerts`, { field });
  }
  const changed = await changeAlerts(context, ids, {
    column: 'assignee_id',
    kind: 'ASSIGNEE',
    to: user?.id ?? null,
  });
  if (user !== undefined) await tellAssignee(context, user.id, changed.changedIds);
  return changed;
}

/** Nobody is told of what they took themselves. */
async function tellAssignee(
  { transactor, caller, services, now, afterCommit }: ChangeContext,
  userId: string,
  alertIds: readonly string[],
): Promise<void> {
  const { assigneeMails } = services;
  if (assigneeMails === undefined || alertIds.length === 0) return;
  if (caller.kind === 'user' && caller.id === userId) return;
  await transactor
    .insertInto('assignee_mails')
    .values({
      id: services.newId(),
      user_id: userId,
      alert_ids: JSON.stringify(alertIds),
      attempts: 0,
      next_attempt_at: now,
    })
    .execute();
  afterCommit(assigneeMails.wake);
}
