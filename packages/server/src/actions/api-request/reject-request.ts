import * as z from 'zod';
import { defineRead } from '../action.ts';

/** Stands in the record for a request that ended before it named an action. It is only ever refused, never run. */
export const rejectRequest = defineRead({
  name: 'REJECT_API_REQUEST',
  requires: 'anyone',
  input: z.strictObject({
    method: z.string(),
    /** Without the query, which may hold anything. */
    path: z.string(),
    /** Of the body, where one was read; its text is not recorded. */
    sha256: z.string().optional(),
    bytes: z.int().optional(),
  }),
  run: async () => undefined,
});
