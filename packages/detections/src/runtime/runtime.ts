import type { DataModel, GlobalModule, Mock } from '../content/detection.ts';
import { DetectionError } from '../detection-error.ts';
import type { LibraryFile, LoadedDetection, Mode, RawHit } from './messages.ts';
import {
  type AnswerCall,
  type AskOptions,
  type Item,
  SandboxEndedError,
  type SandboxProcess,
} from './sandbox-process.ts';
import type { Read } from './trace.ts';

/** What a detection gave for the events of a batch, or why it gave nothing. */
export type RawResult =
  | { readonly kind: 'hits'; readonly hits: readonly RawHit[] }
  /** It was stopped or failed as a whole; every event it has not answered for is unanswered. */
  | { readonly kind: 'failed'; readonly message: string };

/** What is around the detections of a runtime. A change restarts its process. */
export interface Surroundings {
  readonly dataModels: readonly DataModel[];
  readonly globals: readonly GlobalModule[];
  readonly libraries: readonly LibraryFile[];
}

export interface RawBatch {
  readonly logType: string | null;
  /** The events, each as JSON text. */
  readonly events: readonly string[];
  readonly mode: Mode;
  readonly mocks: readonly Mock[];
  /** As in a request. */
  readonly known?: readonly Read[] | undefined;
}

/** The one interface of the runtimes of all languages. Calls may overlap; they are served one after the other. */
export interface Runtime {
  /** Detections of these ids are replaced; what cannot be loaded is told, by id, and is not there afterwards. */
  put(detections: readonly LoadedDetection[]): Promise<ReadonlyMap<string, string>>;
  remove(ids: readonly string[]): Promise<void>;
  surround(surroundings: Surroundings): Promise<void>;
  /** What a rule's file says about the rule, as JSON. @throws DetectionError `invalid_content` */
  describe(fileName: string, source: string): Promise<string>;
  /** Each of the detections over each of the events. @throws DetectionError `invalid_event`, `unknown_detection` */
  evaluate(ids: readonly string[], batch: RawBatch): Promise<ReadonlyMap<string, RawResult>>;
  /** The process, while there is one. */
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly start: () => Promise<SandboxProcess>;
  /** How long one detection may take for a batch, milliseconds. */
  readonly batchMs: number;
  /** The process is replaced after a batch that leaves it with more memory than this. */
  readonly memoryBytesMax: number;
  readonly answerCall?: AnswerCall | undefined;
}

/**
 * Keeps a process with the detections in it, and starts another when it ends. Detections run one after the other and each is
 * answered for as it is done, so the one that was running when the process ended is known: it has failed, and the others go on.
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  const keeper = new RuntimeKeeper(options);
  let last: Promise<unknown> = Promise.resolve();
  const queued = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  return {
    put: (detections) => queued(() => keeper.put(detections)),
    remove: (ids) => queued(() => keeper.remove(ids)),
    surround: (surroundings) => queued(() => keeper.surround(surroundings)),
    describe: (fileName, source) => queued(() => keeper.describe(fileName, source)),
    evaluate: (ids, batch) => queued(() => keeper.evaluate(ids, batch)),
    close: () => queued(() => keeper.close()),
  };
}

class RuntimeKeeper {
  readonly #options: RuntimeOptions;
  readonly #detections = new Map<string, LoadedDetection>();
  #surroundings: Surroundings = { dataModels: [], globals: [], libraries: [] };
  #process: SandboxProcess | undefined;
  #isClosed = false;

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  async put(detections: readonly LoadedDetection[]): Promise<ReadonlyMap<string, string>> {
    await this.#running();
    return this.#load(detections);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#detections.delete(id);
    if (this.#process?.isGone === false) await this.#ask(this.#process, { kind: 'drop', ids: [...ids] }, {});
  }

  async surround(surroundings: Surroundings): Promise<void> {
    this.#surroundings = surroundings;
    await this.#end();
  }

  async describe(fileName: string, source: string): Promise<string> {
    const process = await this.#running();
    let described = '';
    try {
      await this.#ask(
        process,
        { kind: 'describe', fileName, source },
        {
          onItem: ({ body }) => {
            described = body;
          },
        },
      );
      return described;
    } catch (error) {
      throw new DetectionError('invalid_content', `${fileName}: ${explain(error)}`, { cause: error });
    }
  }

  async evaluate(ids: readonly string[], batch: RawBatch): Promise<ReadonlyMap<string, RawResult>> {
    const unknown = ids.find((id) => !this.#detections.has(id));
    if (unknown !== undefined) throw new DetectionError('unknown_detection', `there is no ${unknown} here`);
    const results = new Map<string, RawResult>();
    if (batch.events.length === 0) return results;
    const { logType, mode, mocks, events, known } = batch;
    const body = `[${events.join()}]`;
    for (let rest = ids; rest.length > 0; rest = ids.slice(results.size)) {
      const process = await this.#running();
      const failed = await this.#inOrder(
        process,
        { kind: 'evaluate', ids: rest, count: events.length, logType, mode, mocks, ...(known && { known }) },
        body,
        rest,
        (id, { failure, body: hits }) =>
          results.set(id, failure === undefined ? readHits(hits) : { kind: 'failed', message: failure }),
        events,
      );
      if (failed === undefined) break;
      assertEvents(events);
      const [culprit = ''] = ids.slice(results.size);
      results.set(culprit, { kind: 'failed', message: failed });
    }
    return results;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  /** Loads one after the other; one that ends the process is told like one that cannot be read. */
  async #load(detections: readonly LoadedDetection[]): Promise<ReadonlyMap<string, string>> {
    const problems = new Map<string, string>();
    for (const { id } of detections) this.#detections.delete(id);
    const pending = [...detections];
    while (pending.length > 0) {
      const process = await this.#running();
      let answered = 0;
      const failed = await this.#inOrder(
        process,
        { kind: 'load', detections: [...pending] },
        '',
        pending.map(({ id }) => id),
        (id, { failure }) => {
          const detection = pending[answered];
          answered += 1;
          if (failure !== undefined) problems.set(id, failure);
          else if (detection !== undefined) this.#detections.set(id, detection);
        },
      );
      pending.splice(0, answered);
      const culprit = failed === undefined ? undefined : pending.shift();
      if (culprit !== undefined && failed !== undefined) problems.set(culprit.id, failed);
    }
    return problems;
  }

  /** @returns why the process ended before all was answered, if it did. */
  async #inOrder(
    process: SandboxProcess,
    request: Parameters<SandboxProcess['ask']>[0],
    body: string,
    ids: readonly string[],
    onItem: (id: string, item: Item) => void,
    events: readonly string[] = [],
  ): Promise<string | undefined> {
    let answered = 0;
    try {
      await this.#ask(process, request, {
        body,
        onItem: (item) => {
          onItem(ids[answered] ?? '', item);
          answered += 1;
        },
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof SandboxEndedError)) {
        assertEvents(events);
        throw error;
      }
      return answered < ids.length ? explain(error) : undefined;
    }
  }

  async #ask(
    process: SandboxProcess,
    request: Parameters<SandboxProcess['ask']>[0],
    options: Pick<AskOptions, 'body' | 'onItem'>,
  ): Promise<void> {
    const { answerCall, batchMs, memoryBytesMax } = this.#options;
    const memory = await process.ask(request, {
      ...options,
      ...(answerCall !== undefined && { answerCall }),
      itemMs: batchMs,
    });
    if (memory > memoryBytesMax) await this.#end();
  }

  /** A process with the surroundings and every detection in it. */
  async #running(): Promise<SandboxProcess> {
    if (this.#isClosed) throw new DetectionError('closed', 'the runtime is closed');
    if (this.#process !== undefined && !this.#process.isGone) return this.#process;
    this.#process = await this.#options.start();
    await this.#ask(this.#process, { kind: 'set-up', ...this.#surroundings }, {});
    const again = [...this.#detections.values()];
    if (again.length > 0) {
      const problems = await this.#load(again);
      const [problem] = problems;
      if (problem !== undefined) {
        throw new DetectionError('runtime_failed', `${problem[0]} could not be loaded again: ${problem[1]}`);
      }
    }
    return this.#process;
  }

  async #end(): Promise<void> {
    const ended = this.#process;
    this.#process = undefined;
    await ended?.end();
  }
}

function explain(error: unknown): string {
  if (!(error instanceof SandboxEndedError)) return error instanceof Error ? error.message : String(error);
  if (error.reason === 'memory') return 'was stopped: it ran out of memory';
  return `was stopped: ${error.reason === 'time' ? error.message : `it ended its process (${error.message})`}`;
}

/** What a sandbox says is believed no further than its form: it may be under the control of a rule. */
function readHits(text: string): RawResult {
  if (text === '') return { kind: 'hits', hits: [] };
  try {
    return { kind: 'hits', hits: JSON.parse(text) };
  } catch {
    return { kind: 'failed', message: 'gave a result that cannot be read' };
  }
}

/** Called when something has failed: says whether an event is to blame. */
function assertEvents(events: readonly string[]): void {
  for (const [position, event] of events.entries()) {
    try {
      JSON.parse(event);
    } catch (error) {
      throw new DetectionError('invalid_event', `event ${position} is not JSON`, { cause: error });
    }
  }
}
