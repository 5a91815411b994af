import * as z from 'zod';
import { defineRead } from '../action.ts';
import { loadUsers } from './load-users.ts';

export const listUsers = defineRead({
  name: 'LIST_USERS',
  requires: 'UserRead',
  input: z.strictObject({}),
  run: ({ reader }) => loadUsers(reader),
});
