import * as z from 'zod';
import { defineRead } from '../action.ts';
import { asReplays, requireReplay } from './replay.ts';

export const getReplay = defineRead({
  name: 'GET_REPLAY',
  requires: 'RuleRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader, services, caller }, { id }) {
    const [replay] = await asReplays(reader, services, [await requireReplay(reader, caller, id, 'id')]);
    return replay;
  },
});
