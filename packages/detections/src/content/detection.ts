import type { Severity } from './schemas.ts';

/** What decides, in one of the languages a detection may be written in. */
export type DetectionBody =
  | { readonly language: 'python' | 'typescript'; readonly fileName: string; readonly source: string }
  | ({ readonly language: 'expressions' } & SimpleBody);

/** A simple detection: match expressions and what replaces its functions, as they stand in YAML, checked. */
export interface SimpleBody {
  readonly detection: unknown;
  /** Text with `{a.b}` for values of the event. */
  readonly alertTitle?: string;
  readonly alertContext?: readonly {
    readonly KeyName: string;
    readonly KeyValue: Readonly<Record<string, unknown>>;
  }[];
  readonly groupBy?: readonly Readonly<Record<string, unknown>>[];
  readonly dynamicSeverities?: readonly { readonly ChangeTo: Severity; readonly Conditions: unknown }[];
}

/** A mock of a unit test: while the test runs, the name stands for something that gives `returnValue`. */
export interface Mock {
  readonly objectName: string;
  readonly returnValue?: unknown;
}

/** A unit test of a detection: what it must say about one event or resource. */
export interface DetectionTest {
  readonly name: string;
  readonly expectedResult: boolean;
  readonly event: unknown;
  readonly mocks: readonly Mock[];
}

/** A rule, scheduled rule or policy, ready to run: what was left out has its default. */
export interface Detection {
  readonly kind: 'rule' | 'scheduled_rule' | 'policy';
  readonly id: string;
  readonly body: DetectionBody;
  readonly enabled: boolean;
  /** Log types of a rule, resource types of a policy, names of queries of a scheduled rule. Of a policy, none means all. */
  readonly sources: readonly string[];
  readonly severity: Severity;
  readonly displayName?: string;
  readonly description: string;
  readonly reference: string;
  readonly runbook: string;
  readonly tags: readonly string[];
  readonly reports: Readonly<Record<string, readonly string[]>>;
  readonly outputIds: readonly string[];
  readonly summaryAttributes: readonly string[];
  readonly threshold: number;
  readonly dedupPeriodMinutes: number;
  /** False: matches are signals only. */
  readonly createAlert: boolean;
  /** Match expressions as in YAML; an event they don't match is treated as if the detection had said no. */
  readonly inlineFilters?: unknown;
  readonly tests: readonly DetectionTest[];
  /** The detection this one derives from. */
  readonly baseDetection?: string;
}

/** Values of detections that say nothing else, and the floor of the dedup period (§ Deduplication of the rules). */
export const detectionDefaults = { threshold: 1, dedupPeriodMinutes: 60, dedupPeriodMinutesMin: 5 } as const;

/** A name that standard fields are found by, for the events of one log type. */
export interface DataModel {
  readonly id: string;
  readonly logType: string;
  readonly enabled: boolean;
  readonly mappings: readonly (
    | { readonly name: string; readonly path: string }
    | { readonly name: string; readonly method: string }
  )[];
  /** The code that holds the methods. */
  readonly code?: { readonly language: 'python' | 'typescript'; readonly source: string };
}

/** A module that detections in Python may import by its name. */
export interface GlobalModule {
  readonly id: string;
  readonly source: string;
}
