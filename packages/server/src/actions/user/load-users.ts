import type { Rows } from '../../store/store.ts';
import { loadActors } from '../actor-object.ts';
import { asUser, type User, userRows } from './user.ts';

/** All users by e-mail address, or the one with `id` or `emailKey`. */
export async function loadUsers(
  rows: Rows,
  only: { readonly id?: string; readonly emailKey?: string } = {},
): Promise<readonly User[]> {
  let query = userRows(rows).orderBy('users.email_key');
  if (only.id !== undefined) query = query.where('users.id', '=', only.id);
  if (only.emailKey !== undefined) query = query.where('users.email_key', '=', only.emailKey);
  const found = await query.execute();
  const actor = await loadActors(
    rows,
    found.map((row) => row.role_updated_by),
  );
  return found.map((row) => asUser(row, actor(row.role_updated_by)));
}
