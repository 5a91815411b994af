import { permissions } from '@pawprint/record';
import * as z from 'zod';
import type { Transactor } from '../../store/store.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import { asCaller, requireAdministratorLeft, requireUser, userDetails, userReference } from './user.ts';

export const deleteUser = defineChange({
  name: 'DELETE_USER',
  requires: 'UserModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, caller, annotate }, { input: { id } }) {
    const before = await removeUser(transactor, caller, id, 'input.id');
    await requireAdministratorLeft(transactor);
    annotate.details({ before });
    return { id };
  },
});

/** Deletes those who can be deleted, and says why the others can't. */
export const deleteUsers = defineChange({
  name: 'DELETE_USER',
  requires: 'UserModify',
  input: z.strictObject({
    input: z.strictObject({
      ids: z
        .array(z.string().max(256))
        .min(1, 'name at least one user')
        .max(1_000)
        .transform((ids) => [...new Set(ids)]),
    }),
  }),
  async run({ transactor, caller, annotate }, { input: { ids } }) {
    const removed: Record<string, unknown>[] = [];
    const failures = new Map<string, ActionError>();
    for (const id of ids) {
      try {
        removed.push(await removeUser(transactor, caller, id, 'input.ids'));
      } catch (error) {
        if (!(error instanceof ActionError)) throw error;
        failures.set(id, error);
      }
    }
    const errors = Array.from(failures, ([id, { message }]) => ({ id, message }));
    const messages = errors.map(({ message }) => message);
    const [first] = failures.values();
    if (first !== undefined && removed.length === 0) {
      throw new ActionError(first.code, messages.join('; '), {
        field: 'input.ids',
        parts: [...failures.values()].map(({ recorded }) => recorded),
      });
    }
    await requireAdministratorLeft(transactor);
    if (first !== undefined) annotate.partiallyFailed([...failures.values()].map(({ recorded }) => recorded));
    annotate.details({ before: removed });
    return { ids: ids.filter((id) => !failures.has(id)), errors };
  },
});

/** @returns the user as the record shows it. @throws ActionError, before anything is deleted. */
async function removeUser(
  transactor: Transactor,
  caller: Caller,
  id: string,
  field: string,
): Promise<Record<string, unknown>> {
  const user = await requireUser(transactor, id, field);
  if (caller.kind === 'user' && caller.id === id) {
    throw new ActionError('CONFLICT', 'You can not delete yourself', { field });
  }
  if (holdsEverything(asCaller(user)) && !holdsEverything(caller)) {
    throw new ActionError('FORBIDDEN', `Only an administrator may delete the administrator ${user.email}`, {
      field,
      about: userReference(id),
    });
  }
  await transactor.deleteFrom('users').where('id', '=', id).execute();
  // What they shared is others' too.
  await transactor
    .deleteFrom('saved_searches')
    .where('owner', '=', userReference(id))
    .where('shared', '=', 0)
    .execute();
  return userDetails(user);
}

function holdsEverything(caller: Caller): boolean {
  return (
    caller.kind === 'system' ||
    (caller.kind !== 'anonymous' && permissions.every(({ name }) => caller.permissions.has(name)))
  );
}
