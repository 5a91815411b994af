import * as z from 'zod';
import { queryLimitsText } from '../../access/query-limits.ts';
import { nameKey } from '../../access/text-field.ts';
import { readLastUses } from '../../store/last-uses.ts';
import { defineChange } from '../action.ts';
import { actorReference } from '../caller.ts';
import {
  apiTokenDetails,
  apiTokenFields,
  apiTokenInTransaction,
  futureInstant,
  requireApiToken,
  requireFreeTokenName,
  tokenReference,
} from './api-token.ts';

/** What is not given stays; `expiresAt: null` makes the token last. */
export const updateApiToken = defineChange({
  name: 'UPDATE_API_TOKEN',
  requires: 'OrganizationAPITokenModify',
  input: z.strictObject({
    input: z.strictObject({
      id: z.string().max(256),
      name: apiTokenFields.name.nullish(),
      permissions: apiTokenFields.permissions.nullish(),
      allowedCIDRBlocks: apiTokenFields.allowedCIDRBlocks,
      queryLimits: apiTokenFields.queryLimits,
      expiresAt: apiTokenFields.expiresAt,
    }),
  }),
  prepare: ({ reader }) => readLastUses(reader),
  async run({ transactor, caller, now, annotate }, { input }, lastUse) {
    const before = await requireApiToken(transactor, input.id);
    annotate.about(tokenReference(input.id));
    if (input.name != null) await requireFreeTokenName(transactor, input.name, input.id);
    const after = await transactor
      .updateTable('api_tokens')
      .set({
        ...(input.name != null && { name: input.name, name_key: nameKey(input.name) }),
        ...(input.permissions != null && { permissions: JSON.stringify(input.permissions) }),
        ...(input.allowedCIDRBlocks != null && {
          allowed_cidr_blocks: JSON.stringify(input.allowedCIDRBlocks),
        }),
        ...(input.queryLimits != null && { query_limits: queryLimitsText(input.queryLimits) }),
        ...(input.expiresAt !== undefined && { expires_at: futureInstant(input.expiresAt, now) }),
        updated_at: now,
        updated_by: actorReference(caller),
      })
      .where('id', '=', input.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ before: apiTokenDetails(before), after: apiTokenDetails(after) });
    return { token: await apiTokenInTransaction(transactor, after, lastUse) };
  },
});
