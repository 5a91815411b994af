import { type AnalysisType, readYaml } from '@pawprint/detections';
import * as z from 'zod';
import { managedPackId } from '../../detections/managed-pack.ts';
import type { Rows } from '../../store/store.ts';
import type { DetectionContentRow } from '../../store/tables.ts';
import { defineChange, defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { asDetections, type DetectionEntity, filesOf, may } from '../detection/detection.ts';
import { runnableKinds } from '../detection/detection-kinds.ts';

/** Detections that are turned on and off together. What they share, such as data models, does nothing by itself and stays on. */
export interface DetectionPack {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  /** It ships with the product. */
  readonly managed: boolean;
  readonly detections: readonly DetectionEntity[];
}

const packFile = z.object({
  Description: z.string().default(''),
  PackDefinition: z.object({ IDs: z.array(z.string()) }),
});

/** The pack that ships with the product, then those that were uploaded, by name. */
export const listDetectionPacks = defineRead({
  name: 'LIST_DETECTION_PACKS',
  requires: 'RuleRead',
  input: z.strictObject({}),
  run: ({ reader }) => loadPacks(reader),
});

export const updateDetectionPackState = defineChange({
  name: 'UPDATE_DETECTION_PACK_STATE',
  requires: 'RuleModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(512), enabled: z.boolean() }) }),
  async run({ transactor, caller, now, services, annotate, afterCommit }, { input: { id, enabled } }) {
    const pack = await requirePack(transactor, id);
    const other = pack.detections.find(({ kind }) => !may(caller, 'modify', kind));
    if (other !== undefined) {
      throw new ActionError('FORBIDDEN', `You may not change ${other.id}, which is in the pack`, {
        field: 'input.id',
      });
    }
    const changed = pack.detections.filter((each) => each.enabled !== enabled).map((each) => each.id);
    if (changed.length > 0) {
      await transactor
        .updateTable('detection_content')
        .set({ enabled: enabled ? 1 : 0, updated_at: now, updated_by: actorReference(caller) })
        .where('id', 'in', changed)
        .execute();
    }
    annotate.details({ packId: id, enabled, changed });
    afterCommit(services.detectionsChanged);
    return { pack: await requirePack(transactor, id) };
  },
});

async function requirePack(rows: Rows, id: string): Promise<DetectionPack> {
  const pack = (await loadPacks(rows)).find((each) => each.id === id);
  if (pack === undefined) throw new ActionError('NOT_FOUND', `There is no pack ${id}`, { field: 'input.id' });
  return pack;
}

async function loadPacks(rows: Rows): Promise<readonly DetectionPack[]> {
  const found = await rows
    .selectFrom('detection_content')
    .selectAll()
    .orderBy('display_name')
    .orderBy('id')
    .execute();
  const entities = await asDetections(
    rows,
    found.filter(({ kind }) => runnableKinds.includes(kind as AnalysisType)),
  );
  const managed = entities.filter((each) => each.managed);
  const shipped: DetectionPack = {
    id: managedPackId,
    displayName: 'Pawprint audit log',
    description:
      'Rules that watch the audit log of this instance. They come with it and are kept up to date by it.',
    managed: true,
    detections: managed,
  };
  const uploaded = found.filter(({ kind }) => kind === 'pack').map((row) => asPack(row, entities));
  return [...(managed.length > 0 ? [shipped] : []), ...uploaded];
}

function asPack(row: DetectionContentRow, entities: readonly DetectionEntity[]): DetectionPack {
  const [file] = filesOf(row);
  const { Description, PackDefinition } = packFile.parse(readYaml(file?.text ?? ''));
  const ids = new Set(PackDefinition.IDs);
  return {
    id: row.id,
    displayName: row.display_name,
    description: Description,
    managed: false,
    detections: entities.filter(({ id }) => ids.has(id)),
  };
}
