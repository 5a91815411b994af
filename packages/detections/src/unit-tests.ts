import type { Detection, DetectionTest } from './content/detection.ts';
import { type Outcome, type OutcomeOptions, toOutcome } from './outcomes/outcome.ts';
import type { RawBatch, RawResult } from './runtime/runtime.ts';

/** How a unit test of a detection went. */
export interface TestResult {
  readonly detectionId: string;
  readonly name: string;
  readonly passed: boolean;
  /** Whether the event would raise an alert; absent if the detection failed. */
  readonly triggersAlert?: boolean;
  /** Why it did not pass, in a sentence each. */
  readonly reasons: readonly string[];
  /** What the functions gave, or what they failed with; a correlation rule has none. */
  readonly outcome?: Outcome;
}

/**
 * Runs one unit test. It passes if the detection says what is expected; where a match is expected, no auxiliary function may fail,
 * except for destinations that only the instance knows. What a policy is expected to say is whether the resource complies.
 */
export async function runTest(
  detection: Detection,
  test: DetectionTest,
  options: OutcomeOptions | undefined,
  evaluate: (batch: RawBatch) => Promise<ReadonlyMap<string, RawResult>>,
): Promise<TestResult> {
  const outcome = await outcomeOf(detection, test, options, evaluate);
  const isPolicy = detection.kind === 'policy';
  const expectsAlert = test.expectedResult !== isPolicy;
  const reasons: string[] = [];
  if (outcome.kind === 'error') reasons.push(outcome.message);
  else {
    const said = (outcome.kind === 'match') !== isPolicy;
    if (said !== test.expectedResult) reasons.push(`expected ${test.expectedResult}, got ${said}`);
    if (expectsAlert) {
      for (const [name, error] of Object.entries(outcome.functionErrors)) reasons.push(`${name}: ${error}`);
    }
  }
  return {
    detectionId: detection.id,
    name: test.name,
    passed: reasons.length === 0,
    ...(outcome.kind !== 'error' && { triggersAlert: outcome.kind === 'match' }),
    reasons,
    outcome,
  };
}

async function outcomeOf(
  detection: Detection,
  { event, mocks }: DetectionTest,
  options: OutcomeOptions | undefined,
  evaluate: (batch: RawBatch) => Promise<ReadonlyMap<string, RawResult>>,
): Promise<Outcome> {
  const fail = (message: string): Outcome => ({
    kind: 'error',
    detectionId: detection.id,
    event: null,
    message,
  });
  try {
    const results = await evaluate({
      logType: logTypeOf(event, detection),
      events: [JSON.stringify(event)],
      mode: 'test',
      mocks,
    });
    const result = results.get(detection.id);
    if (result === undefined) return fail('gave nothing');
    if (result.kind === 'failed') return fail(result.message);
    // An event that an inline filter holds back is one the detection says no to.
    const [hit] = result.hits;
    return toOutcome(detection, hit ?? { event: 0, matched: false, functions: {} }, options);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** The data model is that of the event's own log type; rows of queries have none. */
function logTypeOf(event: unknown, { kind, sources }: Detection): string | null {
  if (kind !== 'rule') return null;
  const own =
    typeof event === 'object' && event !== null && 'p_log_type' in event ? event.p_log_type : undefined;
  return typeof own === 'string' ? own : (sources[0] ?? null);
}
