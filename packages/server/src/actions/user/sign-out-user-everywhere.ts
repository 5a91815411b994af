import { ofPerson } from '@pawprint/record';
import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireUser, userReference } from './user.ts';

/** Ends all sessions of a user: one's own without a permission, anybody's with UserModify. */
export const signOutUserEverywhere = defineChange({
  name: 'SIGN_OUT_USER_EVERYWHERE',
  requires: 'known_caller',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, caller, annotate }, { input: { id } }) {
    const own = caller.kind === 'user' && caller.id === id;
    if (
      !own &&
      !(caller.kind !== 'anonymous' && caller.kind !== 'system' && caller.permissions.has('UserModify'))
    ) {
      throw new ActionError('FORBIDDEN', 'This needs the permission UserModify');
    }
    const user = await requireUser(transactor, id, 'input.id');
    const { numDeletedRows } = await transactor
      .deleteFrom('sessions')
      .where('user_id', '=', id)
      .executeTakeFirst();
    const sessionsEnded = Number(numDeletedRows);
    annotate.details({ id, email: ofPerson(userReference(id), user.email), sessionsEnded });
    return { id, sessionsEnded };
  },
});
