import * as z from 'zod';
import { readLastUses } from '../../store/last-uses.ts';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';
import { asLogSources } from './log-source.ts';

export const listLogSources = defineRead({
  name: 'LIST_LOG_SOURCES',
  requires: 'LogSourceRead',
  input: z.strictObject({
    input: z.strictObject({ nameContains: z.string().max(256).nullish(), ...pageInput }).nullish(),
  }),
  async run({ reader }, { input }) {
    const part = input?.nameContains?.toLowerCase() ?? '';
    const rows = await reader.selectFrom('log_sources').selectAll().orderBy('label').orderBy('id').execute();
    const sources = await asLogSources(reader, rows, await readLastUses(reader));
    return offsetPage(
      sources.filter((source) => source.integrationLabel.toLowerCase().includes(part)),
      input?.pageSize ?? 25,
      input?.cursor,
    );
  },
});
