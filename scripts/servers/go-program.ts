import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

const cache = resolve(import.meta.dirname, '../../node_modules/.cache/pawprint-go');

/**
 * Builds a program from its Go module where it is not built yet. The version is fixed, so one build is enough; the module's
 * own checksums are checked by Go against the public checksum database.
 * @param program the path of its package, @param version of the module
 * @returns the program's file; undefined when there is no Go
 */
export async function goProgram(program: string, version: string): Promise<string | undefined> {
  const folder = join(cache, `${basename(program)}@${version}`);
  const file = join(folder, basename(program));
  if (existsSync(file)) return file;
  if (spawnSync('go', ['version']).status !== 0) return undefined;
  console.log(`Building ${basename(program)} ${version} …`);
  await mkdir(folder, { recursive: true });
  const { status } = spawnSync('go', ['install', `${program}@${version}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`go install ${program}@${version} failed`);
  return file;
}
