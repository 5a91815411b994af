import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Verdict } from './outcome.ts';
import {
  addMatch,
  alertsOf,
  type DedupWindow,
  type TimedMatch,
  type WindowRules,
  windowKey,
} from './windows.ts';

const minute = 60_000;

function matchOf(minutes: number, dedup: string, unique: string | null = null): TimedMatch {
  const verdict: Verdict = {
    detectionId: 'rule',
    event: 0,
    title: `at ${minutes}`,
    dedup,
    severity: 'HIGH',
    description: '',
    reference: '',
    runbook: '',
    destinations: null,
    alertContext: {},
    unique,
    functionErrors: {},
  };
  return { verdict, atMs: minutes * minute };
}

const rulesOf = (threshold: number, dedupPeriodMinutes = 60, createAlert = true): WindowRules => ({
  id: 'rule',
  threshold,
  dedupPeriodMinutes,
  createAlert,
});

const brief = (rules: WindowRules, matches: readonly TimedMatch[]) =>
  alertsOf(rules, matches).map(({ title, dedup, matchCount }) => `${title}: ${matchCount} of ${dedup}`);

test('matches with one text join one alert, for the dedup period from the first of them', () => {
  const matches = [0, 10, 59, 60, 61].map((minutes) => matchOf(minutes, 'a'));
  assert.deepEqual(brief(rulesOf(1), matches), ['at 0: 3 of a', 'at 60: 2 of a']);
  assert.deepEqual(brief(rulesOf(1), [matchOf(0, 'a'), matchOf(1, 'b')]), ['at 0: 1 of a', 'at 1: 1 of b']);
});

test('an alert is made when the threshold is reached, within one window', () => {
  const matches = [0, 10, 59, 60, 61].map((minutes) => matchOf(minutes, 'a'));
  assert.deepEqual(brief(rulesOf(3), matches), ['at 59: 3 of a']);
  assert.deepEqual(brief(rulesOf(4), matches), []);
});

test('with unique values the threshold counts those', () => {
  const matches = ['x', 'x', 'y', 'x', 'z'].map((unique, minutes) => matchOf(minutes, 'a', unique));
  assert.deepEqual(brief(rulesOf(3), matches), ['at 4: 5 of a']);
  assert.deepEqual(brief(rulesOf(4), matches), []);
});

test('a detection without alerts makes signals alone', () => {
  assert.deepEqual(brief(rulesOf(1, 60, false), [matchOf(0, 'a')]), []);
  assert.equal(addMatch(rulesOf(1, 60, false), undefined, matchOf(0, 'a')).effect, 'signal');
});

test('a match that arrives late joins the open window', () => {
  const { window } = addMatch(rulesOf(1), undefined, matchOf(30, 'a'));
  assert.equal(addMatch(rulesOf(1), window, matchOf(20, 'a')).effect, 'joins-alert');
});

const anyMatches = fc
  .array(
    fc.record({
      minutes: fc.nat(300),
      dedup: fc.constantFrom('a', 'b', 'c'),
      unique: fc.option(fc.constantFrom('x', 'y', 'z')),
    }),
    { maxLength: 60 },
  )
  .map((all) =>
    all
      .toSorted((one, other) => one.minutes - other.minutes)
      .map(({ minutes, dedup, unique }) => matchOf(minutes, dedup, unique)),
  );
const anyRules = fc.record({
  threshold: fc.integer({ min: 1, max: 6 }),
  period: fc.integer({ min: 5, max: 120 }),
});

test('live and backtest agree: alerts are the same however the matches are cut into batches', () => {
  fc.assert(
    fc.property(anyMatches, anyRules, fc.array(fc.nat(60)), (matches, { threshold, period }, cuts) => {
      const rules = rulesOf(threshold, period);
      // The live engine keeps windows as text between batches.
      let kept = '[]';
      const alerts: string[] = [];
      const edges = [
        0,
        ...cuts.filter((cut) => cut < matches.length).toSorted((a, b) => a - b),
        matches.length,
      ];
      for (const [index, from] of edges.entries()) {
        const windows = new Map<string, DedupWindow>(JSON.parse(kept));
        for (const match of matches.slice(from, edges[index + 1] ?? from)) {
          const key = windowKey(rules.id, match.verdict.dedup);
          const { window, effect } = addMatch(rules, windows.get(key), match);
          windows.set(key, window);
          if (effect === 'opens-alert') alerts.push(`${window.alert?.title} ${window.dedup}`);
        }
        kept = JSON.stringify([...windows]);
      }
      assert.deepEqual(
        alerts.toSorted(),
        alertsOf(rules, matches)
          .map(({ title, dedup }) => `${title} ${dedup}`)
          .toSorted(),
      );
    }),
  );
});

test('no match is lost, no window is longer than the period, and an alert has what the threshold asks', () => {
  fc.assert(
    fc.property(anyMatches, anyRules, (matches, { threshold, period }) => {
      const rules = rulesOf(threshold, period);
      const all = new Map<string, DedupWindow>();
      for (const match of matches) {
        const { dedup } = match.verdict;
        const latest = [...all.values()].filter((window) => window.dedup === dedup).at(-1);
        const { window } = addMatch(rules, latest, match);
        all.set(`${dedup} ${window.startMs}`, window);
        assert(match.atMs >= window.startMs && match.atMs < window.startMs + period * minute);
        const reached = match.verdict.unique === null ? window.matchCount : window.uniques.length;
        if (window.alert?.createdAtMs === match.atMs && window.alert.title === match.verdict.title) {
          assert(reached >= threshold || latest?.alert !== undefined);
        }
      }
      const counted = [...all.values()].reduce((sum, { matchCount }) => sum + matchCount, 0);
      assert.equal(counted, matches.length);
    }),
  );
});
