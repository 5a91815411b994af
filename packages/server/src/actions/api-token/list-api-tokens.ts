import * as z from 'zod';
import { defineRead } from '../action.ts';
import { loadApiTokens } from './api-token.ts';

export const listApiTokens = defineRead({
  name: 'LIST_API_TOKENS',
  requires: 'OrganizationAPITokenRead',
  input: z.strictObject({}),
  run: ({ reader }) => loadApiTokens(reader),
});
