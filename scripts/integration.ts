import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { postgresqlPrograms, startPostgresql } from './servers/postgresql.ts';
import { startS3 } from './servers/s3.ts';

/**
 * Runs the tests that need a real server: installs PostgreSQL, Chromium and strace from the system's packages where they are
 * missing (Debian, as root), starts PostgreSQL and an S3 server (built where there is Go) in temporary folders, runs every
 * `*.integration.test.ts`, of which one installs and starts Trino (where there are Java 24 and Maven), and stops them. Arguments narrow the tests to files whose path contains one of them.
 */
async function main(wanted: readonly string[]): Promise<number> {
  install('postgresql', postgresqlPrograms() !== undefined);
  install('chromium', chromium() !== undefined);
  install('strace', existsSync('/usr/bin/strace'));
  await using servers = new AsyncDisposableStack();
  const postgresql = await startPostgresql();
  servers.defer(() => postgresql.stop());
  const s3 = await startS3();
  servers.defer(() => s3.stop());

  const files: string[] = [];
  for await (const file of glob('{packages,interop}/**/*.integration.test.ts', {
    exclude: (path) => path.includes('node_modules'),
  })) {
    if (wanted.length === 0 || wanted.some((part) => file.includes(part))) files.push(file);
  }
  return await run(process.execPath, ['--test', '--test-concurrency=1', ...files.toSorted()], {
    TEST_DATABASE_URL: postgresql.url,
    TEST_CHROMIUM: chromium() ?? '',
    ...s3.environment,
  });
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

function chromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );
}

function run(program: string, args: readonly string[], environment: Record<string, string>): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

process.exitCode = await main(process.argv.slice(2));
