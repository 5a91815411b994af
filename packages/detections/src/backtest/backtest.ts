import type { Detection } from '../content/detection.ts';
import type { Severity } from '../content/schemas.ts';
import type { DetectionEngine } from '../engine.ts';
import type { Outcome, Verdict } from '../outcomes/outcome.ts';
import { addMatch, type DedupWindow } from '../outcomes/windows.ts';
import { isCovered } from '../runtime/trace.ts';
import { narrow } from './narrow.ts';
import { type Asked, outcomesOf, placesToRead } from './page-outcomes.ts';
import type { BacktestHistory, PastEvent } from './past-events.ts';

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
    for (const read of missed) {
      if (places && !isCovered(places, read) && history.tells(read)) places.push(read);
    }
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
