import type { Detection } from '../content/detection.ts';
import type { Severity } from '../content/schemas.ts';
import type { Verdict } from './outcome.ts';

/** A match and when its event happened, milliseconds since 1970. */
export interface TimedMatch {
  readonly verdict: Verdict;
  readonly atMs: number;
}

/** What of a detection decides how its matches become alerts. */
export type WindowRules = Pick<Detection, 'id' | 'threshold' | 'dedupPeriodMinutes' | 'createAlert'>;

/**
 * Matches of one detection with the same dedup text, from the first for the dedup period. Plain data: the live engine keeps it between
 * batches.
 */
export interface DedupWindow {
  readonly detectionId: string;
  readonly dedup: string;
  readonly startMs: number;
  /** The first moment that is no longer in the window. */
  readonly endMs: number;
  readonly matchCount: number;
  /** Different values of `unique`, once the detection has said one. Kept up to the threshold, which is all that matters. */
  readonly uniques: readonly string[];
  readonly alert?: WindowAlert;
}

/** What an alert says that its later matches do not change. */
export interface WindowAlert {
  readonly title: string;
  readonly severity: Severity;
  readonly createdAtMs: number;
}

/** What a match does. */
export type MatchEffect =
  /** It is counted, but the threshold is not reached. */
  | 'counted'
  /** It opens the window's alert, which holds every match of the window so far. */
  | 'opens-alert'
  | 'joins-alert'
  /** The detection makes no alerts. */
  | 'signal';

const minuteMs = 60_000;

/**
 * Adds a match to its window: the one given, unless it is over, or a new one. A match that arrives late joins the window that is open.
 * Pure, so that live matching and backtests agree.
 */
export function addMatch(
  rules: WindowRules,
  window: DedupWindow | undefined,
  { verdict, atMs }: TimedMatch,
): { readonly window: DedupWindow; readonly effect: MatchEffect } {
  const open = window !== undefined && atMs < window.endMs ? window : newWindow(rules, verdict, atMs);
  const counted: DedupWindow = {
    ...open,
    matchCount: open.matchCount + 1,
    uniques: withUnique(open.uniques, verdict.unique, rules.threshold),
  };
  if (!rules.createAlert) return { window: counted, effect: 'signal' };
  if (counted.alert !== undefined) return { window: counted, effect: 'joins-alert' };
  const count = verdict.unique === null ? counted.matchCount : counted.uniques.length;
  if (count < rules.threshold) return { window: counted, effect: 'counted' };
  const alert: WindowAlert = { title: verdict.title, severity: verdict.severity, createdAtMs: atMs };
  return { window: { ...counted, alert }, effect: 'opens-alert' };
}

/** The name of the window a match belongs to, for keeping windows in a map or table. */
export function windowKey(detectionId: string, dedup: string): string {
  return JSON.stringify([detectionId, dedup]);
}

/** An alert that matches would have made, and how many of them are in it. */
export interface BacktestAlert extends WindowAlert {
  readonly detectionId: string;
  readonly dedup: string;
  readonly matchCount: number;
}

/** The alerts that matches would have made, given in the order of their events. */
export function alertsOf(rules: WindowRules, matches: Iterable<TimedMatch>): readonly BacktestAlert[] {
  const open = new Map<string, DedupWindow>();
  const closed: DedupWindow[] = [];
  for (const match of matches) {
    const key = windowKey(rules.id, match.verdict.dedup);
    const before = open.get(key);
    const { window } = addMatch(rules, before, match);
    if (before !== undefined && before.startMs !== window.startMs) closed.push(before);
    open.set(key, window);
  }
  return [...closed, ...open.values()]
    .flatMap(({ alert, detectionId, dedup, matchCount }) =>
      alert === undefined ? [] : [{ ...alert, detectionId, dedup, matchCount }],
    )
    .toSorted((one, other) => one.createdAtMs - other.createdAtMs || (one.dedup < other.dedup ? -1 : 1));
}

function newWindow({ id, dedupPeriodMinutes }: WindowRules, { dedup }: Verdict, atMs: number): DedupWindow {
  return {
    detectionId: id,
    dedup,
    startMs: atMs,
    endMs: atMs + dedupPeriodMinutes * minuteMs,
    matchCount: 0,
    uniques: [],
  };
}

function withUnique(known: readonly string[], value: string | null, max: number): readonly string[] {
  return value === null || known.length >= max || known.includes(value) ? known : [...known, value];
}
