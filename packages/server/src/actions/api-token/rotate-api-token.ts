import * as z from 'zod';
import { newSecretToken } from '../../access/secret-token.ts';
import { readLastUses } from '../../store/last-uses.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference, type Caller } from '../caller.ts';
import { apiTokenDetails, apiTokenInTransaction, requireApiToken } from './api-token.ts';

/** Gives a token a new value under its old id. A token may rotate itself without a permission. */
export const rotateApiToken = defineChange({
  name: 'ROTATE_API_TOKEN',
  requires: 'known_caller',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256).nullish() }).nullish() }),
  prepare: ({ reader }) => readLastUses(reader),
  async run({ transactor, caller, now, annotate }, { input }, lastUse) {
    const before = await requireApiToken(transactor, tokenToRotate(caller, input?.id ?? undefined));
    const { value, sha256 } = newSecretToken('api_token');
    const after = await transactor
      .updateTable('api_tokens')
      .set({ secret_sha256: sha256, rotated_at: now, rotated_by: actorReference(caller) })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ token: apiTokenDetails(after) });
    return { token: await apiTokenInTransaction(transactor, after, lastUse, value) };
  },
});

function tokenToRotate(caller: Caller, id: string | undefined): string {
  if (caller.kind === 'token' && (id === undefined || id === caller.id)) return caller.id;
  if (caller.kind !== 'user' && caller.kind !== 'token')
    throw new ActionError('FORBIDDEN', 'This needs a token');
  if (!caller.permissions.has('OrganizationAPITokenModify')) {
    throw new ActionError('FORBIDDEN', 'This needs the permission OrganizationAPITokenModify');
  }
  if (id === undefined) {
    throw new ActionError('INVALID_INPUT', 'input.id: say which token; only a token can rotate itself', {
      field: 'input.id',
    });
  }
  return id;
}
