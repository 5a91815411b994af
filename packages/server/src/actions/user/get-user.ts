import { personal } from '@pawprint/record';
import * as z from 'zod';
import { emailKey } from '../../access/email-address.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { loadUsers } from './load-users.ts';
import { userReference } from './user.ts';

export const getUserById = defineRead({
  name: 'GET_USER',
  requires: 'UserRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader }, { id }) {
    const [user] = await loadUsers(reader, { id });
    if (user === undefined) throw new ActionError('NOT_FOUND', `There is no user ${id}`, { field: 'id' });
    return user;
  },
});

export const getUserByEmail = defineRead({
  name: 'GET_USER',
  requires: 'UserRead',
  input: z.strictObject({ email: personal(z.string().max(256)) }),
  async run({ reader, annotate }, { email }) {
    const [user] = await loadUsers(reader, { emailKey: emailKey(email) });
    if (user === undefined)
      throw new ActionError('NOT_FOUND', `There is no user ${email}`, { field: 'email', about: null });
    annotate.about(userReference(user.id));
    return user;
  },
});
