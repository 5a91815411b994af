import type { ActionRunner, Call } from '../actions/run-action.ts';
import { reportSystemError } from '../actions/system-error/report-system-error.ts';
import { resolveSystemErrors } from '../actions/system-error/resolve-system-errors.ts';
import type { Reader } from '../store/store.ts';
import type { SystemErrorKind } from './system-error-kinds.ts';

/** Which thing it is that does not work. */
export interface SystemErrorSubject {
  readonly kind: SystemErrorKind;
  /** Where there are several of a kind, such as a witness's name. */
  readonly subject?: string;
}

/** What the instance finds wrong with itself comes on record, and stays in sight until it works again. */
export interface SystemErrors {
  /** Something does not work. It is recorded once, however often it is reported before it is resolved. */
  report(subject: SystemErrorSubject, message: string): void;
  /** It works again. On record once it has for a while; @returns whether it was reported. */
  resolve(subject: SystemErrorSubject): boolean;
  /** Something was not as it should be, and is over: a clock that went back, a crash. */
  note(subject: SystemErrorSubject, message: string): void;
  /** Until all that was reported is on record, and all that works again at once. */
  settled(): Promise<void>;
}

/** As many wait to be recorded on a disk that takes no writes; more are counted in the next message. */
const waitingMax = 100;
const retryDelayMs = 1_000;
/** What flaps stays reported: each record makes work for what has just begun to work again. */
const steadyMs = 3_000;

interface Waiting {
  readonly action: typeof reportSystemError | typeof resolveSystemErrors;
  readonly call: Call;
}

export interface SystemErrorsOptions {
  readonly reader: Reader;
  /** The instance's own call of an action. */
  bySystem(description: string, input: Record<string, unknown>): Call;
  /** Told once when recording begins to fail. */
  onFailure(error: unknown): void;
}

/** The system errors of a running instance. */
export interface SystemErrorRecorder extends SystemErrors {
  /** From now on they are recorded; what came before waited. */
  start(runner: ActionRunner): void;
  stop(): void;
}

/**
 * Records system errors one after another. One that can't be recorded, as on a full disk, is tried again until it can.
 * What an earlier run reported and did not resolve is still open.
 */
export async function createSystemErrors(options: SystemErrorsOptions): Promise<SystemErrorRecorder> {
  const { reader, bySystem, onFailure } = options;
  const unresolved = await reader
    .selectFrom('system_errors')
    .select(['kind', 'subject'])
    .where('resolved_at', 'is', null)
    .execute();
  /** What is known to be reported and not resolved, or on its way to be. */
  const open = new Set(unresolved.map(keyOf));
  const waiting: Waiting[] = [];
  /** What works again, but not for long enough yet. */
  const recovering = new Map<
    string,
    { readonly timer: NodeJS.Timeout; readonly input: Record<string, unknown> }
  >();
  let runner: ActionRunner | undefined;
  let dropped = 0;
  let working: Promise<void> | undefined;
  let stopped = false;
  let wakeUp = () => {};

  function add(item: Waiting): void {
    if (stopped) return;
    if (waiting.length >= waitingMax) dropped += 1;
    else waiting.push(item);
    recordWaiting();
  }

  function recordWaiting(): void {
    if (runner === undefined || waiting.length === 0) return;
    working ??= work(runner).finally(() => {
      working = undefined;
    });
  }

  async function work(runner: ActionRunner): Promise<void> {
    for (let failed = false; waiting[0] !== undefined && !stopped; ) {
      try {
        await runner.run(waiting[0].action, waiting[0].call);
        waiting.shift();
        failed = false;
      } catch (error) {
        if (!failed) onFailure(error);
        failed = true;
        await new Promise<void>((resolve) => {
          wakeUp = resolve;
          setTimeout(resolve, retryDelayMs).unref();
        });
      }
    }
  }

  function describe(message: string): string {
    const more = dropped === 0 ? '' : ` (and ${dropped} more that could not be recorded)`;
    dropped = 0;
    return `${message}${more}`;
  }

  function addReport(subject: SystemErrorSubject, message: string, isOver: boolean): void {
    const input = { subject: '', ...subject, message: describe(message), isOver };
    add({ action: reportSystemError, call: bySystem('Something of the instance does not work', input) });
  }

  function recordRecovery(key: string): void {
    const input = takeRecovering(key);
    if (input === undefined) return;
    open.delete(key);
    add({ action: resolveSystemErrors, call: bySystem('What was wrong works again', input) });
  }

  function takeRecovering(key: string) {
    const found = recovering.get(key);
    clearTimeout(found?.timer);
    recovering.delete(key);
    return found?.input;
  }

  return {
    start(newRunner) {
      runner = newRunner;
      recordWaiting();
    },
    report(subject, message) {
      const key = keyOf(subject);
      takeRecovering(key);
      if (open.has(key)) return;
      open.add(key);
      addReport(subject, message, false);
    },
    note: (subject, message) => addReport(subject, message, true),
    resolve(subject) {
      const key = keyOf(subject);
      if (!open.has(key) || recovering.has(key)) return open.has(key);
      const timer = setTimeout(() => recordRecovery(key), steadyMs).unref();
      recovering.set(key, { timer, input: { subject: '', ...subject } });
      return true;
    },
    async settled() {
      for (const key of [...recovering.keys()]) recordRecovery(key);
      await working;
    },
    stop() {
      stopped = true;
      for (const { timer } of recovering.values()) clearTimeout(timer);
      wakeUp();
    },
  };
}

function keyOf({ kind, subject = '' }: SystemErrorSubject): string {
  return `${kind} ${subject}`;
}
