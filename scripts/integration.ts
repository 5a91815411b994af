import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { runTests } from './run-tests.ts';
import { postgresqlPrograms, startPostgresql } from './servers/postgresql.ts';
import { startS3 } from './servers/s3.ts';

/**
 * Runs the tests that need a real server: installs PostgreSQL, Chromium and strace from the system's packages where they are
 * missing (Debian, as root), starts PostgreSQL and an S3 server (built where there is Go) in temporary folders, runs every
 * `*.integration.test.ts`, of which one installs and starts Trino (where there are Java 24 and Maven), and stops them. Each test makes
 * databases, prefixes and folders of its own, so that several run at once. Arguments narrow the tests to files whose path contains one
 * of them.
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

  return await runTests({
    patterns: ['{packages,interop}/**/*.integration.test.ts'],
    wanted,
    environment: {
      TEST_DATABASE_URL: postgresql.url,
      TEST_CHROMIUM: chromium() ?? '',
      ...s3.environment,
    },
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

process.exitCode = await main(process.argv.slice(2));
