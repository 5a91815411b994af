import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Runs the tests that need a real server: installs PostgreSQL, Chromium and strace from the system's packages where they are
 * missing (Debian, as root), starts PostgreSQL in a temporary folder, runs every `*.integration.test.ts`, and stops it.
 * Arguments narrow the tests to files whose path contains one of them.
 */
async function main(wanted: readonly string[]): Promise<number> {
  install('postgresql', postgresqlPrograms() !== undefined);
  install('chromium', chromium() !== undefined);
  install('strace', existsSync('/usr/bin/strace'));
  const server = await startPostgresql();
  try {
    const files: string[] = [];
    for await (const file of glob('{packages,interop}/**/*.integration.test.ts', {
      exclude: (path) => path.includes('node_modules'),
    })) {
      if (wanted.length === 0 || wanted.some((part) => file.includes(part))) files.push(file);
    }
    return await run(process.execPath, ['--test', '--test-concurrency=1', ...files.toSorted()], {
      TEST_DATABASE_URL: server.url,
      TEST_CHROMIUM: chromium() ?? '',
    });
  } finally {
    await server.stop();
  }
}

function install(name: string, isThere: boolean): void {
  if (isThere) return;
  if (userInfo().uid !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`These tests need ${name}; install it with your system's package manager`);
  }
  console.log(`Installing ${name} …`);
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed`);
  }
}

/** The folder with initdb and postgres of the newest version installed, from 14 on. */
function postgresqlPrograms(): string | undefined {
  const versions = ['18', '17', '16', '15', '14'];
  return versions
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .concat(['/usr/local/bin', '/opt/homebrew/bin'])
    .find((folder) => existsSync(join(folder, 'initdb')));
}

function chromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );
}

async function startPostgresql(): Promise<{ readonly url: string; stop(): Promise<void> }> {
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function reachable(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
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
  throw new Error('PostgreSQL did not answer in 10 s');
}

function run(program: string, args: readonly string[], environment: Record<string, string>): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

process.exitCode = await main(process.argv.slice(2));
