import type { TestResult } from '@pawprint/detections';

/** How a unit test went, as Panther's REST API tells it. */
export interface TestedDetection {
  readonly name: string;
  readonly passed: boolean;
  readonly errored: boolean;
  /** Whether the event would raise an alert. */
  readonly triggerAlert: boolean | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** What each function gave, as text, or failed with. */
  readonly functions: Readonly<
    Record<string, { readonly output: string | null; readonly error: string | null }>
  >;
}

/** Names of the functions in outcomes and in the API. */
const functionNames = {
  title: 'title',
  dedup: 'dedup',
  alertContext: 'alert_context',
  description: 'description',
  destinations: 'destinations',
  reference: 'reference',
  runbook: 'runbook',
  severity: 'severity',
} as const;

export function testedDetection({
  name,
  passed,
  triggersAlert,
  reasons,
  outcome,
}: TestResult): TestedDetection {
  const isError = outcome?.kind === 'error';
  const functions =
    outcome === undefined || isError
      ? {}
      : Object.fromEntries(
          Object.entries(functionNames).map(([ours, own]) => [
            ours,
            {
              output: asText(outcome[ours as keyof typeof functionNames]),
              error: outcome.functionErrors[own] ?? null,
            },
          ]),
        );
  return {
    name,
    passed,
    errored: isError,
    triggerAlert: triggersAlert ?? null,
    error: passed ? null : { code: isError ? 'ERROR' : 'FAILED', message: reasons.join('; ') },
    functions: {
      ...(outcome !== undefined && {
        detection: {
          output: outcome.kind === 'error' ? null : String(outcome.kind === 'match'),
          error: outcome.kind === 'error' ? outcome.message : null,
        },
      }),
      ...functions,
    },
  };
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
