import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { LakeError } from '../lake-error.ts';
import type { FromChild, ToChild } from './messages.ts';

/** What a request handler is given beside the request. */
export interface Run<Progress> {
  /** Aborted when the parent wants the work to stop. */
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/**
 * The child's side: runs the parent's requests one after another until the parent goes.
 *
 * The process gives way to the server: a lower priority, the first choice when the system runs out of memory, and it
 * gives itself up when it grows beyond `rssBytesMax`, as memory outside DuckDB's own accounting can make it.
 */
export function serve<Request, Result, Progress = never>(
  handle: (request: Request, run: Run<Progress>) => Promise<Result>,
  options: { readonly rssBytesMax: number; readonly niceness: number },
): void {
  giveWay(options.niceness);
  let interrupt = new AbortController();
  const send = (message: FromChild<Result, Progress>): void => {
    process.send?.(message);
  };
  const run = async (request: Request): Promise<void> => {
    interrupt = new AbortController();
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() > options.rssBytesMax) send(tooLarge);
    }, 100);
    try {
      const progress = (progress: Progress): void => send({ kind: 'progress', progress });
      send({ kind: 'done', result: await handle(request, { signal: interrupt.signal, progress }) });
    } catch (error) {
      send(failure(error));
    } finally {
      clearInterval(watch);
    }
  };

  process.on('message', (message: ToChild<Request>) => {
    if (message.kind === 'interrupt') interrupt.abort();
    else run(message.request);
  });
  // Signals to the whole group are the server's to handle: it finishes its work before it goes.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
  // A running query would hold up an orderly exit.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

function giveWay(niceness: number): void {
  setPriority(niceness);
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // A system without /proc offers no such choice.
  }
}

const tooLarge = {
  kind: 'failed',
  code: 'out_of_memory',
  message: 'the query needs too much memory',
  fatal: true,
} as const;

function failure(error: unknown): FromChild<never, never> {
  if (error instanceof LakeError) return { kind: 'failed', code: error.code, message: error.message };
  const message = String(error instanceof Error ? error.stack : error);
  const refusal = diskRefusal(error);
  if (refusal === undefined) return { kind: 'failed', code: undefined, message };
  return { kind: 'failed', code: 'storage', message: `the disk refuses the data: ${refusal}` };
}

/** Why a file could not be written, in the words of Node or DuckDB, whichever tried. */
function diskRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('syscall' in error && 'code' in error) return String(error.code);
  return /^IO Error: [\s\S]*?: ([^:"]+)$/.exec(error.message)?.[1];
}
