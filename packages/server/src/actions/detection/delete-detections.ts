import type { AnalysisType } from '@pawprint/detections';
import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { detectionDetails, may } from './detection.ts';
import { detectionKinds } from './detection-kinds.ts';
import { managed } from './write-content.ts';

/** At most so many at once, as Panther's tool sends them. */
const idsMax = 1_000;

/**
 * Deletes what has one of the ids, of any kind that the caller may change. Ids that nothing has are told in the record, and are no
 * failure unless there is nothing else. With `dryRun` it only tells what would be deleted.
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
    const output = { ids, savedQueryNames: [] as readonly string[] };
    const missing = input.ids.filter((id) => !ids.includes(id));
    if (input.dryRun === true) {
      annotate.details({ wouldDelete: ids });
      return output;
    }
    await transactor.deleteFrom('detection_content').where('id', 'in', input.ids).execute();
    annotate.details({
      before: found.map((row) => detectionDetails(row, services.sha256)),
    });
    if (missing.length > 0) annotate.partiallyFailed(missing.map((id) => `There is no detection ${id}`));
    afterCommit(services.detectionsChanged);
    return output;
  },
});
