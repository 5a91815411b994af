import type { AnalysisType, ContentFile, ContentSummary } from '@pawprint/detections';
import type { Rows } from '../../store/store.ts';
import type { DetectionContentRow, DetectionVersionRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import type { Caller } from '../caller.ts';
import { detectionKinds } from './detection-kinds.ts';

/** A detection, or what detections share, as the API shows it. */
export interface DetectionEntity extends ContentSummary {
  readonly kind: AnalysisType;
  readonly id: string;
  readonly displayName: string;
  readonly enabled: boolean;
  /** It ships with the product, and can only be turned on or off. */
  readonly managed: boolean;
  readonly version: number;
  readonly files: readonly ContentFile[];
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
  readonly updatedAt: string;
  readonly updatedBy: ActorObject | null;
}

/** What was once, or is, the text of a detection. */
export interface DetectionVersion {
  readonly version: number;
  readonly files: readonly ContentFile[];
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
}

export async function asDetections(
  rows: Rows,
  found: readonly DetectionContentRow[],
): Promise<readonly DetectionEntity[]> {
  const actor = await loadActors(
    rows,
    found.flatMap((row) => [row.created_by, row.updated_by]),
  );
  return found.map((row) => ({
    ...(JSON.parse(row.summary) as ContentSummary),
    kind: row.kind as AnalysisType,
    id: row.id,
    displayName: row.display_name,
    enabled: row.enabled === 1,
    managed: row.managed === 1,
    version: row.version,
    files: filesOf(row),
    createdAt: row.created_at,
    createdBy: actor(row.created_by),
    updatedAt: row.updated_at,
    updatedBy: actor(row.updated_by),
  }));
}

export async function asVersions(
  rows: Rows,
  found: readonly DetectionVersionRow[],
): Promise<readonly DetectionVersion[]> {
  const actor = await loadActors(
    rows,
    found.map((row) => row.created_by),
  );
  return found.map((row) => ({
    version: row.version,
    files: filesOf(row),
    createdAt: row.created_at,
    createdBy: actor(row.created_by),
  }));
}

export function filesOf({ files }: Pick<DetectionContentRow, 'files'>): readonly ContentFile[] {
  return JSON.parse(files) as readonly ContentFile[];
}

/** The row of one of these kinds. @throws ActionError NOT_FOUND naming `field`. */
export async function requireDetection(
  rows: Rows,
  kinds: readonly AnalysisType[],
  id: string,
  field: string,
): Promise<DetectionContentRow> {
  const row = await rows
    .selectFrom('detection_content')
    .selectAll()
    .where('id', '=', id)
    .where('kind', 'in', kinds)
    .executeTakeFirst();
  if (row === undefined) {
    throw new ActionError('NOT_FOUND', `There is no ${kinds[0]} ${id}`, { field });
  }
  return row;
}

/** What a record tells of a detection before and after a change; the texts are kept with their version. */
export function detectionDetails(row: DetectionContentRow, sha256: (bytes: Uint8Array) => string) {
  return {
    kind: row.kind,
    id: row.id,
    displayName: row.display_name,
    enabled: row.enabled === 1,
    version: row.version,
    files: filesOf(row).map(({ path, text }) => ({ path, sha256: sha256(Buffer.from(text)) })),
  };
}

/** Whether the caller holds the permission that this kind is read or changed by. */
export function may(caller: Caller, verb: 'read' | 'modify', kind: string): boolean {
  if (caller.kind === 'system') return true;
  const permission = detectionKinds[kind as AnalysisType][verb];
  return 'permissions' in caller && caller.permissions.has(permission);
}
