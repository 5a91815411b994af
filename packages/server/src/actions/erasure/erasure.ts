import type { Reader } from '../../store/store.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import type { Services } from '../services.ts';

export const subjectKinds = ['USER', 'TOKEN', 'ANONYMOUS'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

/** An erasure as the API shows it. It names nobody: who it was is what was erased. */
export interface Erasure {
  readonly id: string;
  readonly subjectKind: SubjectKind;
  /** Null for strangers, who have no id. */
  readonly subjectId: string | null;
  readonly requestedAt: string;
  readonly requestedBy: ActorObject | null;
  /** Null while it has not reached everything that was made from the ledger. */
  readonly completedAt: string | null;
  /** How far it is through the ledger, from 0 to 1. */
  readonly progress: number;
  /** How many records had data of the subject; null until it is completed. */
  readonly records: number | null;
}

/** Newest first. */
export async function loadErasures(
  rows: Reader,
  { eraser }: Pick<Services, 'eraser'>,
): Promise<readonly Erasure[]> {
  const found = await rows
    .selectFrom('erasures')
    .leftJoin('erasure_ends', 'erasure_ends.erasure_id', 'erasures.id')
    .selectAll('erasures')
    .select(['erasure_ends.completed_at', 'erasure_ends.records'])
    .orderBy('erasures.requested_at', 'desc')
    .orderBy('erasures.id')
    .execute();
  const actor = await loadActors(
    rows,
    found.map((row) => row.requested_by),
  );
  return found.map((row) => ({
    id: row.id,
    ...subjectParts(row.subject),
    requestedAt: row.requested_at,
    requestedBy: actor(row.requested_by),
    completedAt: row.completed_at,
    progress: row.completed_at === null ? eraser.progress(row.id) : 1,
    records: row.records,
  }));
}

function subjectParts(subject: string): Pick<Erasure, 'subjectKind' | 'subjectId'> {
  const [kind, id] = subject.split(/:(.*)/s);
  return { subjectKind: kind as SubjectKind, subjectId: id ?? null };
}
