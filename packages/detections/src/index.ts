export {
  type BacktestOptions,
  type BacktestResult,
  type PastAlert,
  type PastMatch,
  runBacktest,
} from './backtest/backtest.ts';
export { knownEvent, type PlaceValues } from './backtest/known-event.ts';
export type { EventGroup, EventHistory, GroupSelection } from './backtest/narrow.ts';
export type { BacktestHistory, EventPage, PastEvent } from './backtest/past-events.ts';
export {
  type CachedValue,
  type CachedValues,
  createCache,
  createMemoryCache,
  type DetectionCache,
} from './cache.ts';
export { type CheckedContent, type CheckOptions, checkContent } from './content/check-content.ts';
export { type ContentSummary, summaryOf } from './content/content-summary.ts';
export {
  type DataModel,
  type Detection,
  type DetectionBody,
  type DetectionTest,
  detectionDefaults,
  type GlobalModule,
  type Mock,
} from './content/detection.ts';
export { type ContentProblem, describeProblem } from './content/problem.ts';
export {
  type Content,
  type ContentFile,
  type ContentItem,
  type OtherContent,
  readContent,
} from './content/read-content.ts';
export { isTypeScript, readFiles } from './content/read-files.ts';
export { type AnalysisType, idKeys, type Severity, type Spec, severities } from './content/schemas.ts';
export { readYaml, writeYaml } from './content/yaml.ts';
export {
  type Correlated,
  type CorrelationSpec,
  correlate,
  correlationDefaults,
  type Signal,
} from './correlation/correlate.ts';
export { type CorrelationTestResult, testCorrelationRule } from './correlation/correlation-tests.ts';
export { DetectionError, type DetectionErrorCode } from './detection-error.ts';
export {
  type Batch,
  createEngine,
  type Definition,
  type DetectionEngine,
  type EngineContent,
  type EngineOptions,
  type Traced,
} from './engine.ts';
export type { LookupRow, LookupTable } from './lookups/lookup-table.ts';
export { type Enrichment, Lookups, ownEnrichment } from './lookups/lookups.ts';
export { type ManagedFile, type ManagedPack, readManagedFiles, readManagedPack } from './managed-rules.ts';
export type { Outcome, OutcomeOptions, Verdict } from './outcomes/outcome.ts';
export {
  addMatch,
  alertsOf,
  type BacktestAlert,
  type DedupWindow,
  type MatchEffect,
  type TimedMatch,
  type WindowAlert,
  type WindowRules,
  windowKey,
} from './outcomes/windows.ts';
export type { EventOf, LogTypeEvents, StandardFields, UntypedEvent } from './rule-library/events.ts';
export * from './rule-library/rule-library.ts';
export type { LibraryFile } from './runtime/messages.ts';
export type { AnswerCall } from './runtime/sandbox-process.ts';
export type { Read } from './runtime/trace.ts';
export type { TestResult } from './unit-tests.ts';
