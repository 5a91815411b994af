import * as z from 'zod';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { loadApiTokens } from './api-token.ts';

export const getApiToken = defineRead({
  name: 'GET_API_TOKEN',
  requires: 'OrganizationAPITokenRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader }, { id }) {
    const [token] = await loadApiTokens(reader, id);
    if (token === undefined)
      throw new ActionError('NOT_FOUND', `There is no API token ${id}`, { field: 'id' });
    return token;
  },
});
