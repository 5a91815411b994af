import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { LakeError } from '../lake-error.ts';
import type { FromChild, ToChild } from './messages.ts';

export interface EngineOptions {
  /** The child's program, one that calls `serve`. */
  readonly program: URL;
  /** Arguments of the program, visible to it as `process.argv.slice(2)`. */
  readonly programArguments: readonly string[];
  /** The process ends after this long without work. */
  readonly idleMs: number;
  /** How long a process may take to stop when asked before it is killed. */
  readonly stopMs: number;
  /** Called after a process has ended, whatever ended it, and before its request fails. */
  readonly cleanUp?: (pid: number) => Promise<void>;
}

/** Work in a process of its own, which is started when there is some, and whose end harms nothing else. */
export interface Engine<Request, Result, Progress> {
  /**
   * Runs one request; the caller starts no second one meanwhile.
   * @throws LakeError of the work itself, or `engine_failed`; the reason of `signal` when it was aborted.
   */
  run(request: Request, options?: RunOptions<Progress>): Promise<Result>;
  /** The process, while there is one. */
  readonly pid: number | undefined;
  /** Ends the process at once. */
  close(): Promise<void>;
}

export interface RunOptions<Progress> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

interface Child {
  readonly process: ChildProcess;
  /** Resolves with how it ended, after its last message was delivered. */
  readonly ended: Promise<string>;
}

export function createEngine<Request, Result, Progress = never>(
  options: EngineOptions,
): Engine<Request, Result, Progress> {
  let child: Child | undefined;
  let idle: NodeJS.Timeout | undefined;

  /** Forgets the child before it is gone, so that no request is sent to a process on its way out. */
  const kill = (): Promise<string> | undefined => {
    clearTimeout(idle);
    const killed = child;
    child = undefined;
    killed?.process.ref();
    killed?.process.kill('SIGKILL');
    return killed?.ended;
  };
  return {
    get pid() {
      return child?.process.pid;
    },
    async run(request, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      clearTimeout(idle);
      if (!child?.process.connected) child = startChild(options);
      const running = child.process;
      let stopping: NodeJS.Timeout | undefined;
      const stop = (): void => {
        running.send({ kind: 'interrupt' } satisfies ToChild<never>, () => undefined);
        stopping = setTimeout(kill, options.stopMs);
      };
      signal?.addEventListener('abort', stop);
      try {
        return await exchange<Request, Result, Progress>(child, request, { onProgress, onFatal: kill });
      } catch (error) {
        // An interrupted query fails in its own words; what matters is why it was interrupted.
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', stop);
        clearTimeout(stopping);
        idle = setTimeout(kill, options.idleMs).unref();
      }
    },
    async close() {
      await kill();
    },
  };
}

function startChild({ program, programArguments, cleanUp }: EngineOptions): Child {
  const child = fork(program, [...programArguments], {
    env: childEnvironment(),
    execArgv: ['--max-old-space-size=512'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')])
    .then(
      ([[code, signal]]) => `the process ended with ${signal ?? `code ${code}`}`,
      (error) => `the process failed: ${error}`,
    )
    .finally(() => child.pid !== undefined && cleanUp?.(child.pid));
  keepAlive(child, false);
  return { process: child, ended };
}

/** Without the server's environment there are no secrets in it to read. A compile cache is shared if there is one. */
function childEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  return { TZ: 'UTC', ...(cache !== undefined && { NODE_COMPILE_CACHE: cache }) };
}

/** Sends the request and waits for its answer or the end of the process. */
async function exchange<Request, Result, Progress>(
  { process: child, ended }: Child,
  request: Request,
  {
    onProgress,
    onFatal,
  }: { onProgress: RunOptions<Progress>['onProgress'] | undefined; onFatal: () => void },
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const onMessage = (message: FromChild<Result, Progress>): void => {
    if (message.kind === 'progress') onProgress?.(message.progress);
    else if (message.kind === 'done') resolve(message.result);
    else {
      if (message.fatal) onFatal();
      reject(
        message.code === undefined ? failed(message.message) : new LakeError(message.code, message.message),
      );
    }
  };
  child.on('message', onMessage);
  ended.then((how) => reject(failed(how)));
  keepAlive(child, true);
  try {
    // A failure to send is followed by the end of the process, which says more.
    child.send({ kind: 'run', request } satisfies ToChild<Request>, () => undefined);
    return await promise;
  } finally {
    child.off('message', onMessage);
    keepAlive(child, false);
  }
}

/** An idle engine must not keep the server from exiting. */
function keepAlive(child: ChildProcess, alive: boolean): void {
  if (alive) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}

function failed(how: string): LakeError {
  return new LakeError('engine_failed', 'the data engine failed on this request', { cause: how });
}
