import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { asDetections, may } from './detection.ts';

/** Turns detections on or off, managed ones too. What can't be is told, and keeps none of the others from it. */
export const updateDetectionState = defineChange({
  name: 'UPDATE_DETECTION_STATE',
  requires: ['RuleModify', 'PolicyModify'],
  input: z.strictObject({
    input: z.strictObject({ ids: z.array(z.string().max(512)).min(1).max(1_000), enabled: z.boolean() }),
  }),
  async run({ transactor, caller, now, annotate, afterCommit, services }, { input: { ids, enabled } }) {
    const found = await transactor
      .selectFrom('detection_content')
      .selectAll()
      .where('id', 'in', [...new Set(ids)])
      .orderBy('id')
      .execute();
    const allowed = found.filter(({ kind }) => may(caller, 'modify', kind));
    const problems = [...new Set(ids)].flatMap((id) => {
      if (allowed.some((row) => row.id === id)) return [];
      return [
        found.some((row) => row.id === id) ? `You may not change ${id}` : `There is no detection ${id}`,
      ];
    });
    if (allowed.length === 0) {
      throw new ActionError('NOT_FOUND', problems[0] ?? 'There is no such detection', {
        field: 'input.ids',
        parts: problems,
      });
    }
    const changed = allowed.filter((row) => (row.enabled === 1) !== enabled).map(({ id }) => id);
    if (changed.length > 0) {
      await transactor
        .updateTable('detection_content')
        .set({ enabled: enabled ? 1 : 0, updated_at: now, updated_by: actorReference(caller) })
        .where('id', 'in', changed)
        .execute();
    }
    annotate.details({ enabled, changed });
    if (problems.length > 0) annotate.partiallyFailed(problems);
    afterCommit(services.detectionsChanged);
    const after = await transactor
      .selectFrom('detection_content')
      .selectAll()
      .where(
        'id',
        'in',
        allowed.map(({ id }) => id),
      )
      .orderBy('id')
      .execute();
    return { detections: await asDetections(transactor, after) };
  },
});
