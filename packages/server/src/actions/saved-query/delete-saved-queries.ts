import * as z from 'zod';
import { nameKey } from '../../access/text-field.ts';
import type { Transactor } from '../../store/store.ts';
import type { SavedQueryRow } from '../../store/tables.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { readQueryUsers, requireSavedQuery, requireUnused, savedQueryDetails } from './saved-query.ts';

export const deleteSavedQuery = defineChange({
  name: 'DELETE_SAVED_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, services, annotate, afterCommit }, { input: { id } }) {
    const row = await requireSavedQuery(transactor, id, 'input.id');
    await requireUnused(transactor, row.name, 'deleted', 'input.id');
    await remove(transactor, [row]);
    annotate.details({ before: savedQueryDetails(row) });
    afterCommit(services.scheduledQueries.changed);
    return { id };
  },
});

const namesMax = 1_000;

/** As Panther's own tool deletes them: by name, with the scheduled rules that use them where asked, or only as a trial. */
export const deleteSavedQueriesByName = defineChange({
  name: 'DELETE_SAVED_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsModify',
  input: z.strictObject({
    input: z.strictObject({
      names: z.array(z.string().max(256)).min(1, 'must not be empty').max(namesMax, `at most ${namesMax}`),
      dryRun: z.boolean().nullish(),
      includeDetections: z.boolean().nullish(),
    }),
  }),
  async run({ transactor, services, caller, annotate, afterCommit }, { input }) {
    const keys = new Set(input.names.map(nameKey));
    const rows = (
      await transactor.selectFrom('saved_queries').selectAll().orderBy('name_key').execute()
    ).filter((row) => keys.has(row.name_key));
    if (rows.length === 0) {
      throw new ActionError('NOT_FOUND', 'There is no saved query of these names', { field: 'input.names' });
    }
    const names = rows.map(({ name }) => name);
    const users = (await readQueryUsers(transactor)).filter(({ queries }) =>
      queries.some((query) => names.includes(query)),
    );
    const detectionIDs = users.map(({ id }) => id);
    if (users.length > 0) {
      if (input.includeDetections !== true) {
        throw new ActionError(
          'CONFLICT',
          `Scheduled rules use these queries: ${detectionIDs.join(', ')}. Delete them first, or with includeDetections`,
          { field: 'input.names' },
        );
      }
      if ('permissions' in caller && !caller.permissions.has('RuleModify')) {
        throw new ActionError(
          'FORBIDDEN',
          'To delete the scheduled rules too needs the permission RuleModify',
          {
            field: 'input.includeDetections',
          },
        );
      }
    }
    annotate.details({ before: rows.map(savedQueryDetails), detectionIDs });
    if (input.dryRun !== true) {
      await remove(transactor, rows);
      if (users.length > 0) {
        await transactor
          .deleteFrom('detection_content')
          .where('kind', '=', 'scheduled_rule')
          .where('id', 'in', detectionIDs)
          .execute();
        afterCommit(services.detectionsChanged);
      }
      afterCommit(services.scheduledQueries.changed);
    }
    return { names, detectionIDs };
  },
});

/** With what they were uploaded as. */
async function remove(transactor: Transactor, rows: readonly SavedQueryRow[]): Promise<void> {
  const ids = rows.map(({ id }) => id);
  const names = rows.map(({ name }) => name);
  await transactor.deleteFrom('saved_queries').where('id', 'in', ids).execute();
  await transactor
    .deleteFrom('detection_content')
    .where('kind', 'in', ['saved_query', 'scheduled_query'])
    .where('id', 'in', names)
    .execute();
}
