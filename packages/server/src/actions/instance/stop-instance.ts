import * as z from 'zod';
import { defineRead } from '../action.ts';

/** The last action of an orderly stop. A start without a stop before it was a crash. */
export const stopInstance = defineRead({
  name: 'STOP_INSTANCE',
  requires: 'system',
  input: z.strictObject({}),
  run: async () => undefined,
});
