import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { logSourceDetails } from './log-source.ts';

export const deleteLogSource = defineChange({
  name: 'DELETE_LOG_SOURCE',
  requires: 'LogSourceModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, annotate }, { input: { id } }) {
    const row = await transactor
      .selectFrom('log_sources')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined)
      throw new ActionError('NOT_FOUND', `There is no log source ${id}`, { field: 'input.id' });
    await transactor.deleteFrom('log_sources').where('id', '=', id).execute();
    annotate.details({ before: logSourceDetails(row) });
    return { id };
  },
});
