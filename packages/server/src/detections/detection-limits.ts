import type { Outcome } from '@pawprint/detections';
import type { Bookkeeper, Reader } from '../store/store.ts';
import type { DetectionLimitRow } from '../store/tables.ts';
import type { Running } from './loaded-detections.ts';

/** A detection that was stopped as often within a day does not run any longer. */
export const stopsMax = 3;
const stopsWithinMs = 24 * 60 * 60 * 1000;

/** One detection opens as many alerts in an hour (§ Alert limiter of the rules); then it makes signals only. */
export const alertsPerHourMax = 1_000;
const hourMs = 60 * 60 * 1000;

/** What holds a detection back until it is changed or switched off and on. */
export type Limits = Pick<DetectionLimitRow, 'stops' | 'last_stop' | 'alerts_off_at'>;

/** What holds for the content as it is now, by the id of the detection. */
export async function readLimits(
  reader: Reader,
  content: readonly { readonly id: string; readonly updated_at: string }[],
): Promise<ReadonlyMap<string, Limits>> {
  const updatedAt = new Map(content.map(({ id, updated_at }) => [id, updated_at]));
  const all = await reader.selectFrom('detection_limits').selectAll().execute();
  return new Map(
    all
      .filter(({ detection_id, content_updated_at }) => updatedAt.get(detection_id) === content_updated_at)
      .map((row) => [row.detection_id, row]),
  );
}

/** How many alerts each detection may still open now. */
export async function alertsLeft(
  reader: Reader,
  detectionIds: Iterable<string>,
  now: string,
): Promise<ReadonlyMap<string, number>> {
  const since = new Date(Date.parse(now) - hourMs).toISOString();
  const left = new Map<string, number>();
  for (const id of new Set(detectionIds)) {
    const { count } = await reader
      .selectFrom('alerts')
      .select(({ fn }) => fn.countAll<number | string>().as('count'))
      .where('detection_id', '=', id)
      .where('created_at', '>', since)
      .executeTakeFirstOrThrow();
    left.set(id, alertsPerHourMax - Number(count));
  }
  return left;
}

/** What a batch shows of detections that go too far. */
export interface Excesses {
  /** Why each that had to be stopped was. */
  readonly stopped: ReadonlyMap<string, string>;
  /** Those that would have opened more alerts than they may. */
  readonly tooLoud: ReadonlySet<string>;
}

/** An error of a whole batch is one of a detection that was stopped. */
export function stoppedIn(outcomes: readonly Outcome[]): ReadonlyMap<string, string> {
  return new Map(
    outcomes.flatMap((outcome) =>
      outcome.kind === 'error' && outcome.event === null ? [[outcome.detectionId, outcome.message]] : [],
    ),
  );
}

/** Keeps in mind what went too far. @returns whether a detection is held back from now on. */
export async function noteExcesses(
  bookkeeper: Bookkeeper,
  { stopped, tooLoud }: Excesses,
  running: (id: string) => Running | undefined,
  now: string,
): Promise<boolean> {
  let isHeldBack = false;
  for (const id of new Set([...stopped.keys(), ...tooLoud])) {
    const content_updated_at = running(id)?.updatedAt;
    if (content_updated_at === undefined) continue;
    const before = await bookkeeper
      .selectFrom('detection_limits')
      .selectAll()
      .where('detection_id', '=', id)
      .where('content_updated_at', '=', content_updated_at)
      .executeTakeFirst();
    const reason = stopped.get(id);
    const isRecent =
      before?.last_stop_at != null && Date.parse(now) - Date.parse(before.last_stop_at) < stopsWithinMs;
    const limits = {
      content_updated_at,
      stops: (isRecent ? before.stops : 0) + (reason === undefined ? 0 : 1),
      last_stop_at: reason === undefined ? (before?.last_stop_at ?? null) : now,
      last_stop: reason ?? before?.last_stop ?? null,
      alerts_off_at: tooLoud.has(id) ? now : (before?.alerts_off_at ?? null),
    };
    await bookkeeper
      .insertInto('detection_limits')
      .values({ detection_id: id, ...limits })
      .onConflict((conflict) => conflict.column('detection_id').doUpdateSet(limits))
      .execute();
    isHeldBack ||= limits.stops >= stopsMax || tooLoud.has(id);
  }
  return isHeldBack;
}
