import * as z from 'zod';
import { queryLimitsText } from '../../access/query-limits.ts';
import { newSecretToken } from '../../access/secret-token.ts';
import { nameKey } from '../../access/text-field.ts';
import { defineChange } from '../action.ts';
import { actorReference } from '../caller.ts';
import {
  apiTokenDetails,
  apiTokenFields,
  apiTokenInTransaction,
  futureInstant,
  requireFreeTokenName,
  tokenReference,
} from './api-token.ts';

/** Makes a token. Its value is in this answer and nowhere else: only its hash is kept. */
export const createApiToken = defineChange({
  name: 'CREATE_API_TOKEN',
  requires: 'OrganizationAPITokenModify',
  input: z.strictObject({ input: z.strictObject(apiTokenFields) }),
  async run({ transactor, caller, now, services, annotate }, { input }) {
    await requireFreeTokenName(transactor, input.name);
    const { value, sha256 } = newSecretToken('api_token');
    const row = await transactor
      .insertInto('api_tokens')
      .values({
        id: services.newId(),
        name: input.name,
        name_key: nameKey(input.name),
        secret_sha256: sha256,
        permissions: JSON.stringify(input.permissions),
        allowed_cidr_blocks: JSON.stringify(input.allowedCIDRBlocks ?? []),
        query_limits: queryLimitsText(input.queryLimits),
        created_at: now,
        created_by: actorReference(caller),
        updated_at: now,
        updated_by: actorReference(caller),
        rotated_at: null,
        rotated_by: null,
        expires_at: futureInstant(input.expiresAt, now),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.about(tokenReference(row.id));
    annotate.details({ after: apiTokenDetails(row) });
    return { token: await apiTokenInTransaction(transactor, row, () => null, value) };
  },
});
