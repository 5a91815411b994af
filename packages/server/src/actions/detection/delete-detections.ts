import type { AnalysisType } from '@pawprint/detections';
import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import type { SavedQueryRow } from '../../store/tables.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { readQueryUsers, savedQueryDetails } from '../saved-query/saved-query.ts';
import { detectionDetails, may } from './detection.ts';
import { detectionKinds } from './detection-kinds.ts';
import { managed } from './write-content.ts';

/** At most so many at once, as Panther's tool sends them. */
const idsMax = 1_000;

/**
 * Deletes what has one of the ids, of any kind that the caller may change. Ids that nothing has are told in the record, and are no
 * failure unless there is nothing else. With `includeSavedQueries` the queries go too that only deleted scheduled rules judge, if the
 * caller may change queries. With `dryRun` it only tells what would be deleted.
 */
export const deleteDetections = defineChange({
  name: 'DELETE_DETECTION',
  requires: ['RuleModify', 'PolicyModify'],
  input: z.strictObject({
    input: z.strictObject({
      ids: z.array(z.string().max(512)).min(1).max(idsMax),
      dryRun: z.boolean().nullish(),
      includeSavedQueries: z.boolean().nullish(),
    }),
  }),
  async run({ transactor, caller, services, annotate, afterCommit }, { input }) {
    const field = 'input.ids';
    const found = await transactor
      .selectFrom('detection_content')
      .selectAll()
      .where('id', 'in', [...new Set(input.ids)])
      .orderBy('id')
      .execute();
    for (const row of found) {
      if (row.managed === 1) throw managed(row.id, field);
      if (!may(caller, 'modify', row.kind)) {
        const { modify } = detectionKinds[row.kind as AnalysisType];
        throw new ActionError('FORBIDDEN', `${row.id} needs the permission ${modify}`, { field });
      }
    }
    const ids = found.map(({ id }) => id);
    const queries =
      input.includeSavedQueries === true && may(caller, 'modify', 'scheduled_query')
        ? await queriesOnlyOf(transactor, ids)
        : [];
    const savedQueryNames = queries.map(({ name }) => name);
    const output = { ids, savedQueryNames };
    const missing = input.ids.filter((id) => !ids.includes(id));
    if (input.dryRun === true) {
      annotate.details({ wouldDelete: ids, savedQueryNames });
      return output;
    }
    await transactor.deleteFrom('detection_content').where('id', 'in', input.ids).execute();
    if (queries.length > 0) {
      await transactor
        .deleteFrom('saved_queries')
        .where(
          'id',
          'in',
          queries.map(({ id }) => id),
        )
        .execute();
      // What an archive made them of is forgotten with them.
      await transactor
        .deleteFrom('detection_content')
        .where('kind', 'in', ['saved_query', 'scheduled_query'])
        .where('id', 'in', savedQueryNames)
        .execute();
      afterCommit(services.scheduledQueries.changed);
    }
    annotate.details({
      savedQueries: queries.map(savedQueryDetails),
      before: found.map((row) => detectionDetails(row, services.sha256)),
    });
    if (missing.length > 0) annotate.partiallyFailed(missing.map((id) => `There is no detection ${id}`));
    afterCommit(services.detectionsChanged);
    return output;
  },
});

/** The saved queries whose rows are judged by these scheduled rules and no others. */
async function queriesOnlyOf(rows: Rows, ids: readonly string[]): Promise<readonly SavedQueryRow[]> {
  const users = await readQueryUsers(rows);
  const names = (isGone: boolean) =>
    new Set(users.filter(({ id }) => ids.includes(id) === isGone).flatMap(({ queries }) => queries));
  const [gone, staying] = [names(true), names(false)];
  const queries = await rows.selectFrom('saved_queries').selectAll().orderBy('name_key').execute();
  return queries.filter(({ name }) => gone.has(name) && !staying.has(name));
}
