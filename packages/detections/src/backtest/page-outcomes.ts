import type { Traced } from '../engine.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import { isCovered, type Read } from '../runtime/trace.ts';
import { type Narrowing, worthwhile } from './narrow.ts';
import type { BacktestHistory, EventPage, PastEvent } from './past-events.ts';

/** What answers for the detection. */
export interface Asked {
  readonly evaluate: (events: readonly string[]) => Promise<readonly Outcome[]>;
  readonly trace: (
    events: readonly string[],
    known?: readonly Read[],
  ) => Promise<readonly (Traced | undefined)[]>;
  readonly whole: BacktestHistory['whole'];
}

/** So many events are tried to see where the detection looks. */
const samples = 50;

/** If it can't be told of more of them, events are read whole. */
const untoldShareMax = 0.1;

/** Where events have to tell what they hold for most to be decided; undefined if whole ones are read sooner. */
export async function placesToRead(
  history: BacktestHistory,
  trace: Asked['trace'],
  { selections, skipped, left, places }: Narrowing,
): Promise<Read[] | undefined> {
  if (skipped + left < worthwhile) return undefined;
  const reads = places ?? (await readsOfSome(history, trace, selections));
  if (reads?.every((read) => history.tells(read)) !== true) return undefined;
  const different: Read[] = [];
  for (const read of reads) if (!isCovered(different, read)) different.push(read);
  return different;
}

/** Where it looks at some of the events that are left. */
async function readsOfSome(
  history: BacktestHistory,
  trace: Asked['trace'],
  selections: Narrowing['selections'],
): Promise<readonly Read[] | undefined> {
  const traces = await trace(await history.some(selections, samples));
  const untold = traces.filter((each) => each === undefined).length;
  return untold > traces.length * untoldShareMax ? undefined : traces.flatMap((each) => each?.reads ?? []);
}

export interface PageOutcomes {
  readonly said: readonly Outcome[];
  /** Where the detection looked that the page tells nothing of. */
  readonly missed: readonly Read[];
}

/** What the detection says of the events of a page. Those of which what is known does not suffice are read and evaluated whole. */
export async function outcomesOf({ events, places }: EventPage, asked: Asked): Promise<PageOutcomes> {
  if (places === undefined) {
    return { said: await asked.evaluate(events.map(({ json }) => json)), missed: [] };
  }
  // Many events are the same as far as it matters.
  const different = [...new Set(events.map(({ json }) => json))];
  const traces = await asked.trace(different, places);
  const byJson = new Map(different.map((json, at) => [json, traces[at]]));
  const said: Outcome[] = [];
  const missed: Read[] = [];
  const open: { readonly at: number; readonly event: PastEvent }[] = [];
  for (const [at, event] of events.entries()) {
    const told = byJson.get(event.json);
    if (told?.matched === false) continue;
    if (told?.verdict !== undefined) said.push({ kind: 'match', ...told.verdict, event: at });
    else {
      open.push({ at, event });
      missed.push(...(told?.reads ?? []).filter((read) => !isCovered(places, read)));
    }
  }
  if (open.length === 0) return { said, missed };
  const whole = await asked.whole(open.map(({ event }) => event));
  for (const outcome of await asked.evaluate(whole)) {
    said.push(outcome.event === null ? outcome : { ...outcome, event: open[outcome.event]?.at ?? 0 });
  }
  return { said: said.toSorted((one, other) => (one.event ?? -1) - (other.event ?? -1)), missed };
}
