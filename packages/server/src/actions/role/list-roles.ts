import * as z from 'zod';
import { defineRead } from '../action.ts';
import { loadRoles } from './load-roles.ts';

export const listRoles = defineRead({
  name: 'LIST_USER_ROLES',
  requires: 'UserRead',
  input: z.strictObject({
    input: z
      .strictObject({
        nameContains: z.string().max(256).nullish(),
        sortDir: z.enum(['ascending', 'descending']).nullish(),
      })
      .nullish(),
  }),
  async run({ reader }, { input }) {
    const roles = await loadRoles(reader, input?.nameContains ?? '');
    return input?.sortDir === 'descending' ? roles.toReversed() : roles;
  },
});
