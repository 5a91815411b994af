import type { ScheduledResult } from '../lake/query-schedule.ts';
import type { Bookkeeper, Store } from '../store/store.ts';
import { type DetectionTools, detect } from './detect.ts';
import type { Event } from './group-outcomes.ts';

/**
 * Lets scheduled rules judge the rows of a run of their query, page by page. Given again after a crash, it goes on behind the last page it
 * was done with.
 */
export async function detectInResult(tools: DetectionTools, result: ScheduledResult): Promise<void> {
  const { savedQueryId, name, runId } = result;
  const source = `query ${savedQueryId} ${runId}`;
  const done = await rowsDone(tools.store, source);
  let position = 0;
  for await (const rows of result.pages()) {
    const next = position + rows.length;
    if (next > done) {
      const events = rows.map((row, at) => eventOf(row, result, position + at));
      await detect(
        tools,
        { source: name, kind: 'query-result', seen: rows, events, entries: [] },
        (bookkeeper) => moveTo(bookkeeper, savedQueryId, source, next),
      );
    }
    position = next;
  }
}

/** A row may be that of an audit record; else it happened when the query was due. */
function eventOf(row: Event, { runId, scheduledFor }: ScheduledResult, position: number): Event {
  const { p_ledger_index } = row;
  return {
    p_row_id: `${runId} ${position}`,
    p_event_time: scheduledFor.replace('T', ' ').replace('Z', ''),
    ...(p_ledger_index !== null && p_ledger_index !== undefined && { p_ledger_index }),
  };
}

async function rowsDone({ reader }: Pick<Store, 'reader'>, source: string): Promise<number> {
  const row = await reader
    .selectFrom('detection_progress')
    .select('next_index')
    .where('source', '=', source)
    .executeTakeFirst();
  return row?.next_index ?? 0;
}

/** Earlier runs of the query are done with. */
async function moveTo(
  bookkeeper: Bookkeeper,
  savedQueryId: string,
  source: string,
  next: number,
): Promise<void> {
  await bookkeeper
    .deleteFrom('detection_progress')
    .where('source', 'like', `query ${savedQueryId} %`)
    .execute();
  await bookkeeper.insertInto('detection_progress').values({ source, next_index: next }).execute();
}
