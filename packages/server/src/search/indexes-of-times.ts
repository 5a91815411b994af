import { type HistoryFilter, historyRows } from '../followers/history.ts';
import type { Reader } from '../store/store.ts';
import type { IndexRange } from './lake-search.ts';

/** Looked at in a step: few enough that a step holds up nobody in this process. */
const perStep = 10_000;
/** Where more are of the times asked for, no more time is spent on looking where they are. */
const inAll = 200_000;

/**
 * The part of a range of the ledger in which all records of the filter's times are. The ledger's order is nearly that of time, so
 * that of few records this is little; of many it is the range itself.
 */
export async function indexesOfTimes(
  reader: Reader,
  { timestampAfter, timestampBefore }: Pick<HistoryFilter, 'timestampAfter' | 'timestampBefore'>,
  range: IndexRange,
  lookedAt = { perStep, inAll },
): Promise<IndexRange> {
  if (timestampAfter === undefined && timestampBefore === undefined) return range;
  let [first, last] = [range.end, range.from - 1];
  let after = timestampAfter ?? '';
  for (let looked = 0; looked < lookedAt.inAll; looked += lookedAt.perStep) {
    const times = historyRows(reader, { timestampAfter: after, timestampBefore })
      .select(['timestamp', 'ledger_index'])
      .orderBy('timestamp')
      .limit(lookedAt.perStep);
    const step = await reader
      .selectFrom(times.as('times'))
      .select(({ fn }) => [
        fn.countAll().as('count'),
        fn.min('ledger_index').as('first'),
        fn.max('ledger_index').as('last'),
        fn.max('timestamp').as('latest'),
      ])
      .executeTakeFirstOrThrow();
    first = Math.min(first, step.first ?? first);
    last = Math.max(last, step.last ?? last);
    if (Number(step.count) < lookedAt.perStep) {
      return { from: Math.max(range.from, first), end: Math.min(range.end, last + 1) };
    }
    // The next step begins with the latest again, as others may be of the same time.
    if (step.latest === null || step.latest === after) return range;
    after = step.latest;
    // SQLite answers at once: others get their turn here.
    await new Promise(setImmediate);
  }
  return range;
}
