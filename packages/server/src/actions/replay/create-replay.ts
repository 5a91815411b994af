import type { ContentFile, Detection } from '@pawprint/detections';
import type { TableDefinition } from '@pawprint/lake';
import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference, type Caller } from '../caller.ts';
import { visibleTables } from '../data-lake/data-lake-access.ts';
import { filesOf, requireDetection } from '../detection/detection.ts';
import { families } from '../detection/detection-kinds.ts';
import { checkBesideKept, requireSound } from '../detection/write-content.ts';
import type { Services } from '../services.ts';
import { asReplays, requireReplay } from './replay.ts';

/** More wait for their turn than anyone would. */
const unfinishedMax = 10;

const instant = z.iso.datetime({ offset: true, error: 'must be a time like 2026-11-25T12:00:00Z' });

/** Runs a rule, as it is kept or as it is given, over the past. Returns at once. */
export const createReplay = defineChange({
  name: 'CREATE_REPLAY',
  requires: 'RuleModify',
  input: z.strictObject({
    input: z
      .strictObject({
        detectionId: z.string().min(1).max(512).nullish(),
        files: z
          .array(z.strictObject({ path: z.string().min(1).max(1_024), text: z.string().max(1_048_576) }))
          .min(1)
          .max(2)
          .nullish(),
        startsAt: instant,
        endsAt: instant.nullish(),
      })
      .refine(({ detectionId, files }) => (detectionId == null) !== (files == null), {
        error: 'give either detectionId or files',
        path: ['detectionId'],
      }),
  }),
  prepare: ({ reader, services, caller }, { input }) =>
    prepareReplay(reader, services, caller, input.files ?? { detectionId: input.detectionId ?? '' }),
  async run({ transactor, caller, now, services, annotate, afterCommit }, { input }, prepared) {
    if (services.backtests.unfinished >= unfinishedMax) {
      throw new ActionError(
        'RATE_LIMITED',
        `${unfinishedMax} replays run or wait; wait for one to end, or stop one`,
      );
    }
    const from = new Date(input.startsAt).toISOString();
    const to = new Date(input.endsAt ?? now).toISOString();
    if (from >= to) {
      throw new ActionError('INVALID_INPUT', 'input.endsAt: must be after startsAt', {
        field: 'input.endsAt',
      });
    }
    const id = services.newId();
    const { detection, files, table } = prepared;
    const logType = table.logType ?? '';
    await transactor
      .insertInto('replays')
      .values({
        ...{ id, detection_id: detection.id, log_type: logType, starts_at: from, ends_at: to },
        files: JSON.stringify(files),
        created_at: now,
        created_by: actorReference(caller),
      })
      .execute();
    annotate.details({ replayId: id, detectionId: detection.id, logType });
    const around = await surroundings(transactor);
    afterCommit(() =>
      services.backtests.start({
        ...{ id, detectionId: detection.id, files: [...around, ...files], table, logType, from, to },
      }),
    );
    const [replay] = await asReplays(transactor, services, [
      await requireReplay(transactor, caller, id, 'id'),
    ]);
    return { replay };
  },
});

interface PreparedReplay {
  readonly detection: Detection;
  readonly files: readonly ContentFile[];
  readonly table: TableDefinition;
}

async function prepareReplay(
  rows: Rows,
  services: Services,
  caller: Caller,
  given: readonly ContentFile[] | { readonly detectionId: string },
): Promise<PreparedReplay> {
  const field = 'detectionId' in given ? 'input.detectionId' : 'input.files';
  const files =
    'detectionId' in given
      ? filesOf(await requireDetection(rows, families.rule, given.detectionId, field))
      : given;
  const content = await checkBesideKept(rows, services, files);
  requireSound(content, field);
  const ids = new Set(content.items.map(({ id }) => id));
  const [detection, another] = content.detections.filter(({ id }) => ids.has(id));
  if (detection === undefined || another !== undefined || detection.kind !== 'rule') {
    throw new ActionError('INVALID_INPUT', `${field}: must be one rule`, { field });
  }
  const table = visibleTables(services.lakeTables, caller).find(
    ({ database, logType }) =>
      database === 'panther_logs' && logType !== null && detection.sources.includes(logType),
  );
  if (table === undefined) {
    throw new ActionError(
      'INVALID_INPUT',
      `${field}: there are no events of ${detection.sources.join(', ') || 'its log types'} that you may read`,
      { field },
    );
  }
  return { detection, files, table };
}

/** The data models, modules and lookup tables that are on, each file in a folder of its own. */
async function surroundings(rows: Rows): Promise<readonly ContentFile[]> {
  const found = await rows
    .selectFrom('detection_content')
    .select('files')
    .where('kind', 'in', ['datamodel', 'global', 'lookup_table'])
    .where('enabled', '=', 1)
    .execute();
  return found.flatMap((row, at) =>
    filesOf(row).map(({ path, text }) => ({ path: `around-${at}/${path}`, text })),
  );
}
