import * as z from 'zod';
import { defineChange } from '../action.ts';
import { apiTokenDetails, requireApiToken } from './api-token.ts';

export const deleteApiToken = defineChange({
  name: 'DELETE_API_TOKEN',
  requires: 'OrganizationAPITokenModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, annotate }, { input: { id } }) {
    const before = await requireApiToken(transactor, id);
    await transactor.deleteFrom('api_tokens').where('id', '=', id).execute();
    annotate.details({ before: apiTokenDetails(before) });
    return { id };
  },
});
