import * as z from 'zod';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';
import { asReplays, maySeeReplay } from './replay.ts';

/** The newest are enough for a history of them. */
const replaysMax = 1_000;

/** The backtests the caller may see, newest first. */
export const listReplays = defineRead({
  name: 'LIST_REPLAYS',
  requires: 'RuleRead',
  input: z.strictObject({
    input: z.strictObject({ detectionId: z.string().max(256).nullish(), ...pageInput }).nullish(),
  }),
  async run({ reader, services, caller }, { input }) {
    let rows = reader
      .selectFrom('replays')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(replaysMax);
    if (input?.detectionId != null) rows = rows.where('detection_id', '=', input.detectionId);
    const found = (await rows.execute()).filter((row) => maySeeReplay(caller, row));
    const page = offsetPage(found, input?.pageSize ?? 25, input?.cursor);
    const nodes = await asReplays(
      reader,
      services,
      page.edges.map(({ node }) => node),
    );
    return { ...page, edges: nodes.map((node) => ({ node })) };
  },
});
