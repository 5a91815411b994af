import type { Detection } from '../content/detection.ts';
import type { Severity } from '../content/schemas.ts';
import type { DetectionEngine, Traced } from '../engine.ts';
import type { Outcome, Verdict } from '../outcomes/outcome.ts';
import { addMatch, type DedupWindow } from '../outcomes/windows.ts';
import { isCovered, type Read } from '../runtime/trace.ts';
import { type EventHistory, type GroupSelection, type Narrowing, narrow, worthwhile } from './narrow.ts';

/** An event of the past, as detections saw it or would have. */
export interface PastEvent {
  /** Names it to whoever looks at a match; undefined until it is asked for. */
  readonly id: string | undefined;
  /** Names it to the history. */
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** JSON text; of a page with places, of what the event holds there alone. */
  readonly json: string;
}

export interface EventPage {
  readonly events: readonly PastEvent[];
  /** Undefined where events are whole. */
  readonly places: readonly Read[] | undefined;
}

export interface BacktestHistory extends EventHistory {
  /**
   * The events of the selections, or all, in the order in which detections would have seen them.
   * @param count how many there are.
   * @param places where they tell what they hold, which takes a fraction of the time of whole events; it may grow meanwhile, for the events
   * that are not read yet.
   * @param named whether they have their ids, which take as long to read as all the rest.
   */
  events(
    selections: readonly GroupSelection[] | undefined,
    count: number,
    wanted: { readonly places: readonly Read[] | undefined; readonly named: boolean },
  ): AsyncIterable<EventPage>;
  /** The ids of events of a page, one for one. */
  idsOf(events: readonly PastEvent[]): Promise<readonly string[]>;
  /** Some events of the selections, at most `max`, whole. */
  some(selections: readonly GroupSelection[] | undefined, max: number): Promise<readonly string[]>;
  /** Events of a page whole, one for one. */
  whole(events: readonly PastEvent[]): Promise<readonly string[]>;
}

/** An alert there would have been. */
export interface PastAlert {
  readonly dedup: string;
  readonly title: string;
  readonly severity: Severity;
  readonly createdAtMs: number;
  readonly matchCount: number;
}

/** A match of a backtest. */
export interface PastMatch extends Pick<Verdict, 'title' | 'dedup' | 'severity'> {
  readonly eventId: string;
  readonly atMs: number;
}

/** What a detection would have said. Lists are cut to what a person reads; the numbers count everything. */
export interface BacktestResult {
  /** Events the detection was asked about. */
  readonly evaluated: number;
  /** Events it certainly says no to, which it was not asked about. */
  readonly skipped: number;
  readonly matchCount: number;
  readonly errorCount: number;
  readonly alertCount: number;
  /** The first ones. */
  readonly matches: readonly PastMatch[];
  readonly alerts: readonly PastAlert[];
  /** Error messages, the most frequent first. */
  readonly errors: readonly Counted[];
  /** Dedup texts, those with the most matches first. */
  readonly noisiest: readonly Counted[];
  /** Milliseconds the detection ran, and all the rest took. */
  readonly evaluationMs: number;
  readonly readingMs: number;
}

export interface Counted {
  readonly text: string;
  readonly count: number;
}

export interface BacktestOptions {
  readonly signal: AbortSignal;
  /** Called after each batch with what there is so far, and the part of all events that is done, 0 to 1. */
  readonly onProgress: (sofar: BacktestResult, progress: number) => void;
}

/**
 * Asks a detection that is loaded in the engine about the past. Dedup and threshold are those of live matching.
 * @throws the signal's reason; what the history or the engine throws.
 */
export async function runBacktest(
  engine: Pick<DetectionEngine, 'evaluateOne' | 'trace'>,
  detection: Detection,
  source: string,
  history: BacktestHistory,
  { signal, onProgress }: BacktestOptions,
): Promise<BacktestResult> {
  const startedAt = performance.now();
  const tally = new Tally(detection);
  let evaluationMs = 0;
  const timed = async <Result>(work: Promise<Result>): Promise<Result> => {
    const before = performance.now();
    const result = await work;
    evaluationMs += performance.now() - before;
    return result;
  };
  const asked: Asked = {
    evaluate: (events) => timed(engine.evaluateOne(detection.id, { source, events })),
    trace: (events, known) => timed(engine.trace(detection.id, { source, events }, known)),
    whole: (events) => history.whole(events),
  };
  const narrowing = await narrow(history, asked.trace);
  const { selections, skipped, left } = narrowing;
  const result = (): BacktestResult => {
    const readingMs = Math.round(performance.now() - startedAt - evaluationMs);
    return { ...tally.result(), skipped, evaluationMs: Math.round(evaluationMs), readingMs };
  };
  const tell = () => {
    const { evaluated } = tally;
    onProgress(result(), left === 0 ? 1 : (evaluated + skipped) / (left + skipped));
  };
  tell();
  const places = left === 0 ? undefined : await placesToRead(history, asked.trace, narrowing);
  // Where all are matches, those that are listed are soon there, close together.
  const named = places === undefined || !narrowing.areMatches || left < listed * unlistedMin;
  const pages = left === 0 ? [] : history.events(selections, left, { places, named });
  for await (const page of pages) {
    signal.throwIfAborted();
    const { events } = page;
    const { said, missed } = await outcomesOf(page, asked);
    tally.evaluated += events.length;
    for (const { message } of said.filter(isError)) tally.addError(message);
    const matches = said.flatMap((outcome) => {
      const event = outcome.kind === 'match' ? events[outcome.event] : undefined;
      return outcome.kind === 'match' && event !== undefined ? [{ verdict: outcome, event }] : [];
    });
    const ids = named ? [] : await idsOfListed(history, matches, tally);
    for (const [at, { verdict, event }] of matches.entries()) {
      tally.addMatch(verdict, { ...event, id: event.id ?? ids[at] });
    }
    places?.push(...missed.filter((read) => !isCovered(places, read) && history.tells(read)));
    tell();
  }
  signal.throwIfAborted();
  return result();
}

type PastVerdict = { readonly verdict: Verdict; readonly event: PastEvent };

/** The ids of those that the tally will list. */
function idsOfListed(
  history: BacktestHistory,
  matches: readonly PastVerdict[],
  { room }: Tally,
): Promise<readonly string[]> | readonly string[] {
  const some = matches.slice(0, room).map(({ event }) => event);
  return some.length === 0 ? [] : history.idsOf(some);
}

function isError(outcome: Outcome): outcome is Extract<Outcome, { readonly kind: 'error' }> {
  return outcome.kind === 'error';
}

/** What answers for the detection. */
interface Asked {
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
async function placesToRead(
  history: BacktestHistory,
  trace: Asked['trace'],
  { selections, skipped, left, places }: Narrowing,
): Promise<Read[] | undefined> {
  if (skipped + left < worthwhile) return undefined;
  const looked = [...(places ?? [])];
  if (places === undefined) {
    const traces = await trace(await history.some(selections, samples));
    const untold = traces.filter((each) => each === undefined).length;
    if (untold > traces.length * untoldShareMax) return undefined;
    for (const read of traces.flatMap((each) => each?.reads ?? [])) {
      if (!isCovered(looked, read)) looked.push(read);
    }
  }
  return looked.every((read) => history.tells(read)) ? looked : undefined;
}

interface PageOutcomes {
  readonly said: readonly Outcome[];
  /** Where the detection looked that the page tells nothing of. */
  readonly missed: readonly Read[];
}

/** What the detection says of the events of a page. Those of which what is known does not suffice are read and evaluated whole. */
async function outcomesOf({ events, places }: EventPage, asked: Asked): Promise<PageOutcomes> {
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

const listed = 1_000;
/** If there are so many times as many, ids are read of those that are listed alone. */
const unlistedMin = 4;
const countedTexts = 20;
/** So many different texts are counted; further ones are not told apart. */
const textsMax = 100_000;
const otherTexts = '(others)';

class Tally {
  readonly #detection: Detection;
  readonly #windows = new Map<string, DedupWindow & { readonly position?: number }>();
  readonly #matches: PastMatch[] = [];
  readonly #alerts: PastAlert[] = [];
  readonly #errors = new Map<string, number>();
  readonly #dedups = new Map<string, number>();
  #matchCount = 0;
  #errorCount = 0;
  #alertCount = 0;
  evaluated = 0;

  constructor(detection: Detection) {
    this.#detection = detection;
  }

  /** How many more matches it lists. */
  get room(): number {
    return listed - this.#matches.length;
  }

  addMatch(verdict: Verdict, { id = '', atMs }: PastEvent): void {
    const { title, dedup, severity } = verdict;
    this.#matchCount += 1;
    count(this.#dedups, dedup);
    if (this.#matches.length < listed) this.#matches.push({ eventId: id, atMs, title, dedup, severity });

    const before = this.#windows.get(dedup);
    const { window, effect } = addMatch(this.#detection, before, { verdict, atMs });
    let position = window.startMs === before?.startMs ? before?.position : undefined;
    if (effect === 'opens-alert') {
      this.#alertCount += 1;
      if (this.#alerts.length < listed) {
        position = this.#alerts.length;
        this.#alerts.push({ dedup, title, severity, createdAtMs: atMs, matchCount: 0 });
      }
    }
    const alert = position === undefined ? undefined : this.#alerts[position];
    if (alert !== undefined && position !== undefined) {
      this.#alerts[position] = { ...alert, matchCount: window.matchCount };
    }
    this.#windows.set(dedup, { ...window, ...(position !== undefined && { position }) });
    if (this.#windows.size > textsMax) this.#dropOver(atMs);
  }

  addError(message: string): void {
    this.#errorCount += 1;
    count(this.#errors, message);
  }

  result(): Omit<BacktestResult, 'skipped' | 'evaluationMs' | 'readingMs'> {
    return {
      evaluated: this.evaluated,
      matchCount: this.#matchCount,
      errorCount: this.#errorCount,
      alertCount: this.#alertCount,
      matches: [...this.#matches],
      alerts: [...this.#alerts],
      errors: mostFrequent(this.#errors),
      noisiest: mostFrequent(this.#dedups),
    };
  }

  /** A window that is over makes no difference any more. */
  #dropOver(nowMs: number): void {
    for (const [dedup, { endMs }] of this.#windows) if (endMs <= nowMs) this.#windows.delete(dedup);
  }
}

function count(texts: Map<string, number>, text: string): void {
  const counted = texts.size < textsMax || texts.has(text) ? text : otherTexts;
  texts.set(counted, (texts.get(counted) ?? 0) + 1);
}

function mostFrequent(texts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...texts]
    .map(([text, times]) => ({ text, count: times }))
    .toSorted((one, other) => other.count - one.count)
    .slice(0, countedTexts);
}
