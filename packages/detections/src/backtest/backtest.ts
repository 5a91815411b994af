import type { Detection } from '../content/detection.ts';
import type { Severity } from '../content/schemas.ts';
import type { DetectionEngine } from '../engine.ts';
import type { Verdict } from '../outcomes/outcome.ts';
import { addMatch, type DedupWindow } from '../outcomes/windows.ts';
import { type EventHistory, type GroupSelection, narrow } from './narrow.ts';

/** An event of the past, as detections saw it or would have. */
export interface PastEvent {
  /** Names it to whoever looks at a match. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** JSON text. */
  readonly json: string;
}

export interface BacktestHistory extends EventHistory {
  /**
   * The events of the selections, or all, in the order in which detections would have seen them.
   * @param count how many there are.
   */
  events(
    selections: readonly GroupSelection[] | undefined,
    count: number,
  ): AsyncIterable<readonly PastEvent[]>;
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
  /** Called after each batch with what there is so far. */
  readonly onProgress: (sofar: BacktestResult) => void;
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
  const { selections, skipped, left } = await narrow(history, (events) =>
    engine.trace(detection.id, { source, events }),
  );
  let evaluationMs = 0;
  const result = (): BacktestResult => {
    const readingMs = Math.round(performance.now() - startedAt - evaluationMs);
    return { ...tally.result(), skipped, evaluationMs: Math.round(evaluationMs), readingMs };
  };
  onProgress(result());
  for await (const events of left === 0 ? [] : history.events(selections, left)) {
    signal.throwIfAborted();
    const before = performance.now();
    const outcomes = await engine.evaluateOne(detection.id, {
      source,
      events: events.map(({ json }) => json),
    });
    evaluationMs += performance.now() - before;
    tally.evaluated += events.length;
    for (const outcome of outcomes) {
      const event = events[outcome.event ?? 0];
      if (outcome.kind === 'error') tally.addError(outcome.message);
      else if (outcome.kind === 'match' && event !== undefined) tally.addMatch(outcome, event);
    }
    onProgress(result());
  }
  signal.throwIfAborted();
  return result();
}

const listed = 1_000;
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

  addMatch(verdict: Verdict, { id, atMs }: PastEvent): void {
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
