import * as z from 'zod';
import { readLastUses } from '../../store/last-uses.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { asLogSources } from './log-source.ts';

export const getLogSource = defineRead({
  name: 'GET_LOG_SOURCE',
  requires: 'LogSourceRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader }, { id }) {
    const rows = await reader.selectFrom('log_sources').selectAll().where('id', '=', id).execute();
    const [source] = await asLogSources(reader, rows, await readLastUses(reader));
    if (source === undefined)
      throw new ActionError('NOT_FOUND', `There is no log source ${id}`, { field: 'id' });
    return source;
  },
});
