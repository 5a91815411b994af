import { namedFunctions } from '@pawprint/lake';
import * as z from 'zod';
import { defineRead } from '../action.ts';

/** The functions that queries may use, for editors to complete. */
export const listFunctions = defineRead({
  name: 'LIST_DATA_LAKE_FUNCTIONS',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({}),
  run: async () => namedFunctions(),
});
