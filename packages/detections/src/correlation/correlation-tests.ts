import * as z from 'zod';
import type { Spec } from '../content/schemas.ts';
import { correlate, correlationDefaults, type Signal } from './correlate.ts';

/** How a unit test of a correlation rule went. */
export interface CorrelationTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why it did not pass; null if it did. */
  readonly error: string | null;
}

const minuteMs = 60_000;

/** Minutes after some moment, or that moment as RFC 3339. */
const time = z.union([
  z.number().transform((minutes) => minutes * minuteMs),
  z.string().transform((text, context) => {
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: `${text} is not a time` });
    return ms;
  }),
]);
const ruleOutputs = z.array(
  z.object({
    ID: z.string(),
    Matches: z.record(z.string(), z.record(z.string(), z.array(time))).default({}),
  }),
);

/** Runs the unit tests of a correlation rule: what it says of matches of its rules at given times with given values. */
export function testCorrelationRule(rule: Spec<'correlation_rule'>): readonly CorrelationTestResult[] {
  const [spec] = rule.Detection;
  const known = new Set((spec?.Sequence ?? spec?.Group ?? []).map(({ ID }) => ID));
  return (rule.Tests ?? []).map(({ Name: name, ExpectedResult: expected, RuleOutputs }) => {
    const outputs = ruleOutputs.safeParse(RuleOutputs ?? []);
    const fail = (error: string) => ({ name, passed: false, error });
    if (!outputs.success) {
      const [issue] = outputs.error.issues;
      return fail(`RuleOutputs.${issue?.path.join('.')}: ${issue?.message}`);
    }
    const unknown = outputs.data.find(({ ID }) => !known.has(ID));
    if (unknown !== undefined) return fail(`RuleOutputs: there is no step ${unknown.ID}`);
    const signals = new Map(outputs.data.map(({ ID, Matches }) => [ID, signalsOf(ID, Matches)]));
    const latest = Math.max(0, ...[...signals.values()].flat().map(({ atMs }) => atMs));
    const lookback = spec?.LookbackWindowMinutes ?? correlationDefaults.lookbackMinutes;
    try {
      const said = spec !== undefined && correlate(spec, signals, latest + lookback * minuteMs).length > 0;
      return said === expected
        ? { name, passed: true, error: null }
        : fail(`expected ${expected}, got ${said}`);
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error));
    }
  });
}

/** Values of several fields at the same time are those of one event: the first of each, the second, and so on. */
function signalsOf(
  id: string,
  matches: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>,
): readonly Signal[] {
  const events = new Map<string, { readonly atMs: number; readonly event: object }>();
  for (const [field, values] of Object.entries(matches)) {
    const counts = new Map<number, number>();
    for (const [value, times] of Object.entries(values)) {
      for (const atMs of times) {
        const count = counts.get(atMs) ?? 0;
        counts.set(atMs, count + 1);
        const key = `${atMs} ${count}`;
        const { event } = events.get(key) ?? { event: {} };
        events.set(key, { atMs, event: { ...event, [field]: value } });
      }
    }
  }
  return [...events].map(([key, { atMs, event }]) => ({ id: `${id} ${key}`, atMs, event }));
}
