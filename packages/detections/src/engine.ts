import type { DataModel, Detection, GlobalModule } from './content/detection.ts';
import { dataModelOf, detectionOf } from './content/rule-definition.ts';
import type { LookupTable } from './lookups/lookup-table.ts';
import { Lookups } from './lookups/lookups.ts';
import { type Outcome, type OutcomeOptions, toOutcome, type Verdict } from './outcomes/outcome.ts';
import type { LibraryFile, LoadedDetection, Mode, RawHit, TracedHit } from './runtime/messages.ts';
import { createPythonRuntime } from './runtime/python/python-runtime.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { AnswerCall } from './runtime/sandbox-process.ts';
import type { Read } from './runtime/trace.ts';
import { createTypeScriptRuntime } from './runtime/typescript/typescript-runtime.ts';
import { runTest, type TestResult } from './unit-tests.ts';

export interface EngineOptions {
  /** Where what Python starts from is kept. */
  readonly snapshotDirectory: string;
  /** How long one detection may take for a batch, milliseconds. */
  readonly batchMs?: number;
  /** Answers the cache: `get_counter`, `increment_counter`, `get_string_set` and so on. */
  readonly answerCall?: AnswerCall;
}

export interface EngineContent {
  readonly dataModels: readonly DataModel[];
  readonly globals?: readonly GlobalModule[];
  /** Rows are found in them, and events that detections evaluate are enriched from them; those of unit tests stay as they are. */
  readonly lookupTables?: readonly LookupTable[];
  /** Pure Python packages that detections import, file by file. */
  readonly libraries?: readonly LibraryFile[];
}

/** Events of one log type, of the rows of one query, or resources of one type. */
export interface Batch {
  readonly source: string;
  /** Each as JSON text. */
  readonly events: readonly string[];
}

/**
 * Runs detections of every language over batches of events: live, in tests and over history, with the same answers.
 * It keeps no state of its own between batches; what detections remember is kept by whoever answers their calls.
 */
export interface DetectionEngine {
  /** What detections share. Takes effect for the next batch. */
  setContent(content: EngineContent): Promise<void>;
  /** Reads a rule's file in TypeScript. @throws DetectionError `invalid_content` */
  readRule(fileName: string, source: string): Promise<Detection>;
  /** Reads a data model's file in TypeScript. @throws DetectionError `invalid_content` */
  readDataModel(fileName: string, source: string): Promise<DataModel>;
  /** Reads a file in TypeScript that defines either of them. @throws DetectionError `invalid_content` */
  readDefinition(fileName: string, source: string): Promise<Definition>;
  /** Adds detections, or replaces those of the same id. @returns why some could not be loaded, by id. */
  put(detections: readonly Detection[]): Promise<ReadonlyMap<string, string>>;
  remove(ids: readonly string[]): Promise<void>;
  /**
   * What the enabled detections for this source say: matches and rule errors, in the order of the events and within one event of the
   * detections.
   */
  evaluate(batch: Batch, options?: OutcomeOptions): Promise<readonly Outcome[]>;
  /** The same for one detection, enabled or not. */
  evaluateOne(id: string, batch: Batch, options?: OutcomeOptions): Promise<readonly Outcome[]>;
  /**
   * What the detection says of each event, and where in it the detection looked: it says that of every event that is the same there. Undefined
   * for an event that it fails on, and where that can't be told, as when it uses the clock, chance, its cache or a lookup.
   * @param known the places of which the events tell what is there; all if undefined.
   */
  trace(id: string, batch: Batch, known?: readonly Read[]): Promise<readonly (Traced | undefined)[]>;
  /** Runs the unit tests of a detection that is loaded. */
  test(id: string, options?: OutcomeOptions): Promise<readonly TestResult[]>;
  close(): Promise<void>;
}

/** What a detection says of every event that is the same where it looked. */
export interface Traced {
  /** In the order of the first look. */
  readonly reads: readonly Read[];
  /** Undefined if it looked at what is not known, the last of the reads, before it said yes or no. */
  readonly matched: boolean | undefined;
  /** Of a match, unless one of its functions looked at what is not known. */
  readonly verdict?: Omit<Verdict, 'event'>;
}

/** What a file in TypeScript defines. */
export type Definition =
  | { readonly kind: 'rule'; readonly detection: Detection }
  | { readonly kind: 'datamodel'; readonly dataModel: DataModel };

export function createEngine(options: EngineOptions): DetectionEngine {
  return new Engine(options);
}

class Engine implements DetectionEngine {
  readonly #detections = new Map<string, Detection>();
  readonly #runtimes: Readonly<Record<'typescript' | 'python', Runtime>>;
  #lookups = new Lookups([]);

  constructor({ snapshotDirectory, answerCall = notAvailable, ...others }: EngineOptions) {
    const options = {
      ...others,
      answerCall: ((operation, args, event) =>
        operation === 'lookup'
          ? this.#lookups.find(args[0], args[1])
          : answerCall(operation, args, event)) satisfies AnswerCall,
    };
    this.#runtimes = {
      typescript: createTypeScriptRuntime(options),
      python: createPythonRuntime({ snapshotDirectory, ...options }),
    };
  }

  async setContent(content: EngineContent): Promise<void> {
    const { dataModels, globals = [], libraries = [], lookupTables = [] } = content;
    this.#lookups = new Lookups(lookupTables);
    await Promise.all(
      Object.values(this.#runtimes).map((runtime) => runtime.surround({ dataModels, globals, libraries })),
    );
  }

  async readRule(fileName: string, source: string): Promise<Detection> {
    return detectionOf(fileName, source, await this.#runtimes.typescript.describe(fileName, source));
  }

  async readDataModel(fileName: string, source: string): Promise<DataModel> {
    return dataModelOf(fileName, source, await this.#runtimes.typescript.describe(fileName, source));
  }

  async readDefinition(fileName: string, source: string): Promise<Definition> {
    const described = await this.#runtimes.typescript.describe(fileName, source);
    return 'mappings' in JSON.parse(described)
      ? { kind: 'datamodel', dataModel: dataModelOf(fileName, source, described) }
      : { kind: 'rule', detection: detectionOf(fileName, source, described) };
  }

  async put(detections: readonly Detection[]): Promise<ReadonlyMap<string, string>> {
    // A detection may change its language.
    await this.remove(detections.map(({ id }) => id));
    const problems = await Promise.all(
      Object.values(this.#runtimes).map((runtime) => {
        const own = detections.filter((detection) => this.#runtimeOf(detection) === runtime);
        return own.length === 0 ? new Map<string, string>() : runtime.put(own.map(toLoad));
      }),
    );
    const all = new Map(problems.flatMap((each) => [...each]));
    for (const detection of detections)
      if (!all.has(detection.id)) this.#detections.set(detection.id, detection);
    return all;
  }

  async remove(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => this.#detections.delete(id));
    if (known.length === 0) return;
    await Promise.all(Object.values(this.#runtimes).map((runtime) => runtime.remove(known)));
  }

  async evaluate(batch: Batch, options?: OutcomeOptions): Promise<readonly Outcome[]> {
    const chosen = [...this.#detections.values()].filter(
      ({ enabled, sources, kind }) =>
        enabled && (sources.includes(batch.source) || (kind === 'policy' && sources.length === 0)),
    );
    return this.#run(chosen, batch, 'batch', options);
  }

  async evaluateOne(id: string, batch: Batch, options?: OutcomeOptions): Promise<readonly Outcome[]> {
    const detection = this.#detections.get(id);
    return detection === undefined ? [] : this.#run([detection], batch, 'batch', options);
  }

  async trace(
    id: string,
    { source, events }: Batch,
    known?: readonly Read[],
  ): Promise<readonly (Traced | undefined)[]> {
    const detection = this.#detections.get(id);
    if (detection === undefined) return events.map(() => undefined);
    const enriched = this.#lookups.enrich(events, source);
    const results = await this.#runtimeOf(detection).evaluate([id], {
      ...{ logType: source, events: enriched, mode: 'trace', mocks: [] },
      known: known && this.#lookups.knownOf(known, source),
    });
    const result = results.get(id);
    const hits = (result?.kind === 'hits' ? result.hits : []) as unknown as readonly TracedHit[];
    const byEvent = new Map(hits.map((hit) => [hit.event, hit]));
    return events.map((event, position) => {
      const hit = byEvent.get(position);
      if (hit === undefined) return undefined;
      const reads = this.#lookups.readsOf(hit.reads, event, source);
      return { reads, matched: hit.matched, ...verdictOf(detection, hit) };
    });
  }

  async test(id: string, options?: OutcomeOptions): Promise<readonly TestResult[]> {
    const detection = this.#detections.get(id);
    const results: TestResult[] = [];
    for (const test of detection?.tests ?? []) {
      if (detection === undefined) break;
      results.push(
        await runTest(detection, test, options, (batch) =>
          this.#runtimeOf(detection).evaluate([detection.id], batch),
        ),
      );
    }
    return results;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#runtimes).map((runtime) => runtime.close()));
  }

  async #run(
    chosen: readonly Detection[],
    { source, events }: Batch,
    mode: Mode,
    options: OutcomeOptions | undefined,
  ): Promise<readonly Outcome[]> {
    const batch = { logType: source, events: this.#lookups.enrich(events, source), mode, mocks: [] };
    const raw = await Promise.all(
      Object.values(this.#runtimes).map((runtime) => {
        const ids = chosen.filter((each) => this.#runtimeOf(each) === runtime).map(({ id }) => id);
        return ids.length === 0 ? [] : runtime.evaluate(ids, batch);
      }),
    );
    const results = new Map(raw.flatMap((each) => [...each]));
    const outcomes = chosen.flatMap((detection): readonly Outcome[] => {
      const result = results.get(detection.id);
      if (result === undefined) return [];
      if (result.kind === 'failed') {
        return [{ kind: 'error', detectionId: detection.id, event: null, message: result.message }];
      }
      const hits = result.hits.filter((hit) => isOfBatch(hit, events.length));
      return hits.map((hit) => toOutcome(detection, hit, options));
    });
    return outcomes.toSorted((one, other) => (one.event ?? -1) - (other.event ?? -1));
  }

  #runtimeOf({ body }: Detection): Runtime {
    return this.#runtimes[body.language === 'python' ? 'python' : 'typescript'];
  }
}

function verdictOf(
  detection: Detection,
  { event, matched, functions }: TracedHit,
): Pick<Traced, 'verdict'> | undefined {
  if (matched !== true || functions === undefined) return undefined;
  const outcome = toOutcome(detection, { event, matched, functions });
  return outcome.kind === 'match' ? { verdict: outcome } : undefined;
}

function notAvailable(operation: string): never {
  throw new Error(`${operation} is not available here`);
}

/** A sandbox under the control of a rule could say anything. */
function isOfBatch(hit: RawHit, count: number): boolean {
  return Number.isInteger(hit?.event) && hit.event >= 0 && hit.event < count;
}

function toLoad({ id, kind, body, inlineFilters }: Detection): LoadedDetection {
  return {
    id,
    main: kind === 'policy' ? 'policy' : 'rule',
    mainIsOptional: kind === 'scheduled_rule',
    body,
    ...(inlineFilters !== undefined && { inlineFilters }),
  };
}
