import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import { defineRead } from '../action.ts';
import { asRoles, type RoleReference, requireRole } from './load-roles.ts';

export const getRoleById = defineRead({
  name: 'GET_USER_ROLE',
  requires: 'UserRead',
  input: z.strictObject({ id: z.string().max(256) }),
  run: ({ reader }, { id }) => roleAt(reader, { kind: 'ID', value: id }, 'id'),
});

export const getRoleByName = defineRead({
  name: 'GET_USER_ROLE',
  requires: 'UserRead',
  input: z.strictObject({ name: z.string().max(256) }),
  run: ({ reader }, { name }) => roleAt(reader, { kind: 'NAME', value: name }, 'name'),
});

async function roleAt(rows: Rows, reference: RoleReference, field: string) {
  const [role] = await asRoles(rows, [await requireRole(rows, reference, field)]);
  return role;
}
