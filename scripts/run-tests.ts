import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** What V8 made of code, for the processes of all tests and those that they start: it takes half of the time to start one. */
const compiled = join(import.meta.dirname, '../node_modules/.cache/pawprint-compiled');

/**
 * Runs test files by Node's own runner: one more at once than there are processors, as most wait now and then.
 * @param wanted narrows them to files whose path contains one of these; all when there are none
 * @returns the exit code
 */
export async function runTests(
  patterns: readonly string[],
  wanted: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const files = globSync(patterns, { exclude: ['**/node_modules/**'] }).filter(
    (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
  );
  if (files.length === 0) throw new Error(`There are no such tests: ${wanted.join(', ')}`);
  const child = spawn(
    process.execPath,
    ['--test', `--test-concurrency=${availableParallelism() + 1}`, ...files],
    { stdio: 'inherit', env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...environment } },
  );
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
