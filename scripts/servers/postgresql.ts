import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** The folder with initdb and postgres of the newest version installed, from 14 on. */
export function postgresqlPrograms(): string | undefined {
  const versions = ['18', '17', '16', '15', '14'];
  return versions
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .concat(['/usr/local/bin', '/opt/homebrew/bin'])
    .find((folder) => existsSync(join(folder, 'initdb')));
}

/** Starts PostgreSQL on a temporary folder. */
export async function startPostgresql(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const programs = postgresqlPrograms() ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-postgresql-'));
  const data = join(folder, 'data');
  const port = await freePort();
  // PostgreSQL refuses to run as root; its package made the user for it.
  const asUser = userInfo().uid === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const command = (program: string, args: readonly string[]) => [...asUser, join(programs, program), ...args];
  if (asUser.length > 0) spawnSync('chown', ['postgres', folder]);
  else await chmod(folder, 0o700);
  const [initdb = '', ...initdbArgs] = command('initdb', [
    '-D',
    data,
    '-U',
    'pawprint',
    '-A',
    'trust',
    '-E',
    'UTF8',
  ]);
  const made = spawnSync(initdb, initdbArgs, { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder });
  if (made.status !== 0) throw new Error('initdb failed');
  const [postgres = '', ...args] = command('postgres', [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    folder,
    '-h',
    '127.0.0.1',
    // Tests kill what uses the server, never the machine.
    '-c',
    'fsync=off',
  ]);
  const server = spawn(postgres, args, { stdio: ['ignore', 'ignore', 'ignore'], cwd: folder });
  await reachable(port, server);
  return {
    url: `postgres://pawprint@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      // The child may be runuser, which does not pass a signal on; the server's own process id is in its folder.
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function reachable(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (server.exitCode !== null) throw new Error('PostgreSQL did not start');
    const check = spawnSync(join(postgresqlPrograms() ?? '', 'pg_isready'), [
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
    ]);
    if (check.status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('PostgreSQL did not answer in a minute');
}
