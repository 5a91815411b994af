import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { loadUsers } from './load-users.ts';
import type { User } from './user.ts';

export const getUserById = defineRead({
  name: 'GET_USER',
  requires: 'UserRead',
  input: z.strictObject({ id: z.string().max(256) }),
  run: async ({ reader }, { id }) => found(await loadUsers(reader, { id }), `There is no user ${id}`, 'id'),
});

export const getUserByEmail = defineRead({
  name: 'GET_USER',
  requires: 'UserRead',
  input: z.strictObject({ email: z.string().max(256) }),
  run: async ({ reader }, { email }) =>
    found(await loadUsers(reader, { emailKey: emailKey(email) }), `There is no user ${email}`, 'email'),
});

function found([user]: readonly User[], message: string, field: string): User {
  if (user === undefined) throw new ActionError('NOT_FOUND', message, { field });
  return user;
}
