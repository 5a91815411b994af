import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireRole, roleReference } from '../role/load-roles.ts';
import { loadUsers } from './load-users.ts';
import {
  asCaller,
  personFields,
  requireAdministratorLeft,
  requireFreeEmail,
  requireUser,
  userDetails,
  userReference,
} from './user.ts';

export const updateUser = defineChange({
  name: 'UPDATE_USER',
  requires: 'UserModify',
  input: z.strictObject({
    input: z.strictObject({
      id: z.string().max(256),
      ...personFields,
      email: personFields.email.nullish(),
      role: roleReference.nullish(),
    }),
  }),
  async run({ transactor, caller, annotate }, { input }) {
    const before = await requireUser(transactor, input.id, 'input.id');
    annotate.about(userReference(input.id));
    if (input.email != null) await requireFreeEmail(transactor, input.email, input.id);
    const role =
      input.role == null ? undefined : await requireRole(transactor, input.role, 'input.role.value');
    await transactor
      .updateTable('users')
      .set({
        ...(input.email != null && { email: input.email, email_key: emailKey(input.email) }),
        ...(input.givenName !== undefined && { given_name: input.givenName }),
        ...(input.familyName !== undefined && { family_name: input.familyName }),
        // Also keeps the statement valid when nothing else changes.
        role_id: role?.id ?? before.role_id,
      })
      .where('id', '=', input.id)
      .execute();
    const after = await requireUser(transactor, input.id, 'input.id');
    if (
      caller.kind === 'user' &&
      caller.id === input.id &&
      mayManageUsers(before) &&
      !mayManageUsers(after)
    ) {
      throw new ActionError('CONFLICT', 'You can not take the permission UserModify from yourself', {
        field: 'input.role',
      });
    }
    await requireAdministratorLeft(transactor);
    annotate.details({ before: userDetails(before), after: userDetails(after) });
    const [user] = await loadUsers(transactor, { id: input.id });
    return { user };
  },
});

function mayManageUsers(user: Parameters<typeof asCaller>[0]): boolean {
  return asCaller(user).permissions.has('UserModify');
}
