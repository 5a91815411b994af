import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireRole, roleDetails } from './load-roles.ts';

export const deleteRole = defineChange({
  name: 'DELETE_USER_ROLE',
  requires: 'UserModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, annotate }, { input: { id } }) {
    const role = await requireRole(transactor, { kind: 'ID', value: id }, 'input.id');
    const holders = await transactor.selectFrom('users').select('email').where('role_id', '=', id).execute();
    if (holders.length > 0) {
      throw new ActionError('CONFLICT', `The role ${role.name} still belongs to ${holders.length} user(s)`, {
        field: 'input.id',
      });
    }
    await transactor.deleteFrom('roles').where('id', '=', id).execute();
    annotate.details({ before: roleDetails(role) });
    return { id };
  },
});
