import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** What V8 made of code, for the processes of all tests and those that they start: it takes half of the time to start one. */
const compiled = join(import.meta.dirname, '../node_modules/.cache/pawprint-compiled');

export interface TestRun {
  /** Of the tests' files. */
  readonly patterns: readonly string[];
  /** Narrows them to files whose path contains one of these; all when there are none. */
  readonly wanted: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs test files by Node's own runner: one more at once than there are processors, as most wait now and then.
 * @returns the exit code
 */
export async function runTests({ patterns, wanted, environment = {} }: TestRun): Promise<number> {
  const files = globSync(patterns, { exclude: ['**/node_modules/**'] }).filter(
    (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
  );
  if (files.length === 0) throw new Error(`There are no such tests: ${wanted.join(', ')}`);
  const child = spawn(
    process.execPath,
    ['--test', `--test-concurrency=${availableParallelism() + 1}`, ...files],
    { stdio: 'inherit', env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...environment } },
  );
  // An interrupt reaches the tests as well, and what was started for them is still to be ended.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** Where Linux keeps files in memory. */
const memory = '/dev/shm';
const memoryBytesMin = 8 * 2 ** 30;

/** A folder for temporary files in memory, where there is plenty of it: on a disk, tests mostly wait for it to be in sync. */
export async function temporaryFolderInMemory(): Promise<
  (AsyncDisposable & { readonly path: string }) | undefined
> {
  const there = await statfs(memory).catch(() => undefined);
  if (there === undefined || there.bavail * there.bsize < memoryBytesMin) return undefined;
  const path = await mkdtemp(join(memory, 'pawprint-tests-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
