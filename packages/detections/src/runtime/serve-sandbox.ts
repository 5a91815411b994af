import type { Mock } from '../content/detection.ts';
import { type Matcher, readMatch } from '../expressions/match-expression.ts';
import { createSimpleDetection, type SimpleDetection } from '../expressions/simple-detection.ts';
import { readFrame, writeFrame } from './frames.ts';
import type { LoadedDetection, Mode, Reply, Request, TracedHit } from './messages.ts';
import { type Read, type TracedEvent, traceEvent } from './trace.ts';

/** The rules of one language, loaded in this process. Errors are told by their message. */
export interface Sandbox {
  setUp(request: Extract<Request, { readonly kind: 'set-up' }>): void;
  load(detection: LoadedDetection): void;
  drop(id: string): void;
  /** What a rule's file says about the rule, as JSON. */
  describe(fileName: string, source: string): string;
  /** @returns how many events there are. */
  open(
    eventsJson: string,
    logType: string | null,
    mode: Mode,
    mocks: readonly Mock[],
    known?: readonly Read[],
  ): number;
  /** Hits as JSON, or nothing; `positions` restricts it to some events. @throws StoppedError */
  evaluate(id: string, positions: readonly number[] | undefined): string;
  memoryBytes(): number;
}

/** A rule did not end in time and was stopped; the sandbox is as it was before. */
export class StoppedError extends Error {}

/** Asks the process that started this one; waits for its answer. */
export type CallHost = (operation: string, args: readonly unknown[], event: number | null) => unknown;

/**
 * The life of a process that runs rules: one request after the other, until the other side is gone. Nothing here is asynchronous,
 * so a request is either answered or the process is ended from outside.
 */
export function serveSandbox(sandbox: Sandbox): void {
  const server = new SandboxServer(sandbox);
  writeReply({ kind: 'ready' });
  for (;;) {
    const frame = readFrame();
    if (frame === undefined) return;
    try {
      server.handle(frame.header as Request, frame.body);
      writeReply({ kind: 'done', memoryBytes: sandbox.memoryBytes() });
    } catch (error) {
      writeReply({ kind: 'done', error: messageOf(error) });
    }
  }
}

/** To be called while a request is handled. */
export function callHost(operation: string, args: readonly unknown[], event: number | null): unknown {
  writeReply({ kind: 'call', operation, args, event });
  const frame = readFrame();
  // The caller is gone, and so is whoever wanted the result.
  if (frame === undefined) process.exit(0);
  const answer = frame.header as Extract<Request, { readonly kind: 'answer' }>;
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.value;
}

class SandboxServer {
  readonly #sandbox: Sandbox;
  readonly #filters = new Map<string, Matcher>();
  readonly #simple = new Map<string, SimpleDetection>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  handle(request: Request, body: Buffer): void {
    if (request.kind === 'set-up') this.#sandbox.setUp(request);
    else if (request.kind === 'load') for (const detection of request.detections) this.#load(detection);
    else if (request.kind === 'drop') for (const id of request.ids) this.#drop(id);
    else if (request.kind === 'describe') {
      writeReply({ kind: 'item' }, this.#sandbox.describe(request.fileName, request.source));
    } else if (request.kind === 'evaluate') this.#evaluate(request, body.toString());
  }

  #load(detection: LoadedDetection): void {
    try {
      this.#drop(detection.id);
      if (detection.body.language === 'expressions') {
        this.#simple.set(detection.id, createSimpleDetection(detection.body));
      } else this.#sandbox.load(detection);
      if (detection.inlineFilters !== undefined) {
        const { matches } = readMatch(detection.inlineFilters, {
          field: 'InlineFilters',
          inlineFilter: true,
        });
        this.#filters.set(detection.id, matches);
      }
      writeReply({ kind: 'item' });
    } catch (error) {
      writeReply({ kind: 'item', failure: messageOf(error) });
    }
  }

  #drop(id: string): void {
    this.#filters.delete(id);
    if (!this.#simple.delete(id)) this.#sandbox.drop(id);
  }

  #evaluate(
    { ids, count, logType, mode, mocks, known }: Extract<Request, { readonly kind: 'evaluate' }>,
    eventsJson: string,
  ): void {
    let parsed: readonly unknown[] | undefined;
    const events = (): readonly unknown[] => {
      parsed ??= JSON.parse(eventsJson) as readonly unknown[];
      return parsed;
    };
    const opened = ids.every((id) => this.#simple.has(id))
      ? events().length
      : this.#sandbox.open(eventsJson, logType, mode, mocks, known);
    if (opened !== count) throw new Error(`${opened} events instead of ${count}`);
    for (const id of ids) {
      try {
        writeReply(
          { kind: 'item' },
          mode === 'trace' ? this.#trace(id, events(), known) : this.#hits(id, events, mode),
        );
      } catch (error) {
        writeReply({
          kind: 'item',
          failure: messageOf(error),
          ...(error instanceof StoppedError && { stopped: 'time' }),
        });
      }
    }
  }

  #hits(id: string, events: () => readonly unknown[], mode: Mode): string {
    const filter = this.#filters.get(id);
    const positions = filter && events().flatMap((event, position) => (filter(event) ? [position] : []));
    const simple = this.#simple.get(id);
    return simple === undefined
      ? this.#sandbox.evaluate(id, positions)
      : JSON.stringify(simple.evaluate(events(), positions, mode));
  }

  /** What the filter looked at counts as well. */
  #trace(id: string, events: readonly unknown[], known: readonly Read[] | undefined): string {
    const filter = this.#filters.get(id);
    const simple = this.#simple.get(id);
    if (filter === undefined && simple === undefined) return this.#sandbox.evaluate(id, undefined);
    const looks = events.map((event) => {
      const traced = traceEvent(event, known);
      return { traced, said: saidOutside(traced, filter, simple) };
    });
    const rest = looks.flatMap(({ said }, position) => (said === 'open' ? [position] : []));
    const hits: readonly TracedHit[] =
      rest.length === 0 ? [] : JSON.parse(this.#sandbox.evaluate(id, rest) || '[]');
    const readsOf = (position: number) => looks[position]?.traced.reads() ?? [];
    return JSON.stringify([
      ...looks.flatMap(({ said }, event) =>
        said === 'open' || said === undefined ? [] : [{ event, reads: readsOf(event), ...said }],
      ),
      ...hits.map((hit) => ({ ...hit, reads: [...readsOf(hit.event), ...hit.reads] })),
    ]);
  }
}

/** What is said without the sandbox: `open` if that is not all, undefined if it can't be told. */
function saidOutside(
  traced: TracedEvent,
  filter: Matcher | undefined,
  simple: SimpleDetection | undefined,
): Pick<TracedHit, 'matched' | 'functions'> | 'open' | undefined {
  let matched: boolean | undefined;
  try {
    if (filter?.(traced.event) === false) return { matched: false };
    if (simple === undefined) return 'open';
    matched = simple.matches(traced.event);
    if (!matched) return { matched };
    return { matched, functions: simple.functionsOf(traced.event) };
  } catch {
    if (!traced.isMissed) return undefined;
    return matched === undefined ? {} : { matched };
  }
}

function writeReply(reply: Reply, body?: string): void {
  writeFrame(reply, body);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
