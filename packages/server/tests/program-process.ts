import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The program in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  /** What it said so far. */
  readonly said: { readonly out: string; readonly error: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** Runs the program in `folder` with these settings and no others. */
export function runProgram(folder: string, settings: Record<string, string>): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: { PATH: process.env.PATH, HOME: folder, PAWPRINT_LISTEN: '127.0.0.1:0', ...settings },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', error: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.error += chunk;
  });
  const ended = once(child, 'close').then(
    ([code, signal]: (number | string | null)[]) => signal ?? code ?? null,
  );
  return { child, said, ended };
}

/** Waits until the program says where it answers. */
export async function addressOf({ child, said, ended }: Program): Promise<string> {
  for (;;) {
    const [, found] = /^Pawprint answers at (http:\S+)$/m.exec(said.out) ?? [];
    if (found !== undefined && said.out.includes('Data directory:')) return found;
    const end = await Promise.race([
      ended,
      once(child.stdout as NodeJS.ReadableStream, 'data').then(() => undefined),
    ]);
    assert.equal(end, undefined, said.error);
  }
}
