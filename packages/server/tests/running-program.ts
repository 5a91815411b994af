import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** For what the programs of a test file keep. */
export const folder = await mkdtemp(join(tmpdir(), 'pawprint-program-'));
const running = new Set<ChildProcess>();
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

export interface Program {
  readonly child: ChildProcess;
  /** What it said so far. */
  readonly said: { readonly out: string; readonly error: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** Runs the program with these settings and no others. */
export function run(settings: Record<string, string>): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: { PATH: process.env.PATH, HOME: folder, PAWPRINT_LISTEN: '127.0.0.1:0', ...settings },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const said = { out: '', error: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.error += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
    running.delete(child);
    return signal ?? code ?? null;
  });
  return { child, said, ended };
}

/** Waits until the program says where it answers. */
export async function address({ child, said, ended }: Program): Promise<string> {
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
