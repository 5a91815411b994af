import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** The newest that Maven's index has whole. It needs Java 24 or newer. */
export const trinoVersion = '476';
const javaVersionMin = 24;
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/pawprint-trino');

/** A Trino server with one catalogue, `lake`: Hive tables in a metastore of files. */
export interface TrinoServer {
  /** The metastore's folder: `<schema>/<table>/.trinoSchema`. */
  readonly metastore: string;
  /** Runs a statement in the schema, in UTC. @throws Error with Trino's message. */
  query(sql: string, schema: string): Promise<readonly (readonly unknown[])[]>;
  stop(): Promise<void>;
}

/** Where an S3 server is, for the catalogue. */
export interface S3Settings {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Why there can be no Trino here, else undefined. */
export function trinoObstacle(): string | undefined {
  if (java() === undefined) return `there is no Java ${javaVersionMin} or newer`;
  const missing = ['mvn', 'tar', 'python3'].find((program) => spawnSync(program, ['--version']).status !== 0);
  return missing && `there is no ${missing} to install Trino with`;
}

/** The program of the newest Java, if it is new enough. */
function java(): string | undefined {
  const programs = [join(process.env.JAVA_HOME ?? '', 'bin/java'), ...globSync('/usr/lib/jvm/*/bin/java')];
  return programs.filter(existsSync).find((program) => {
    const { stderr } = spawnSync(program, ['-version'], { encoding: 'utf8' });
    return Number(/version "(\d+)/.exec(stderr)?.[1]) >= javaVersionMin;
  });
}

/** Starts Trino with at most 1.2 GB of heap; installs it first, from Maven's index, where that has not been done. */
export async function startTrino(s3: S3Settings): Promise<TrinoServer> {
  const program = java();
  if (program === undefined) throw new Error(trinoObstacle());
  const home = await install();
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-trino-'));
  const port = await freePort();
  await writeSettings(folder, port, s3);
  const server = spawn(program, programArguments(home, folder), { cwd: folder, stdio: 'ignore' });
  const address = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilStarted(address, server);
  } catch (error) {
    const log = await readFile(join(folder, 'server.log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`Trino does not start: ${log.slice(-2_000)}`, { cause: error });
  }
  return {
    metastore: join(folder, 'metastore'),
    query: (sql, schema) => query(address, sql, schema),
    stop,
  };
}

/** The server without plugins, and the one plugin that reads Hive tables. @returns its folder */
async function install(): Promise<string> {
  const home = join(cache, trinoVersion);
  if (existsSync(home)) return home;
  console.log(`Installing Trino ${trinoVersion} …`);
  const unfinished = `${home}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(unfinished, 'plugin'), { recursive: true });
  for (const artifact of ['trino-server-core:tar.gz', 'trino-hive:zip']) {
    const [name = '', kind = ''] = artifact.split(':');
    run('mvn', [
      ...['-q', '-B', 'dependency:copy', `-Dartifact=io.trino:${name}:${trinoVersion}:${kind}`],
      `-DoutputDirectory=${unfinished}`,
    ]);
  }
  run('tar', ['-xzf', join(unfinished, `trino-server-core-${trinoVersion}.tar.gz`), '-C', unfinished]);
  await rename(join(unfinished, `trino-server-core-${trinoVersion}`, 'lib'), join(unfinished, 'lib'));
  run('python3', [
    '-m',
    'zipfile',
    '-e',
    join(unfinished, `trino-hive-${trinoVersion}.zip`),
    join(unfinished, 'plugin'),
  ]);
  await rename(join(unfinished, 'plugin', `trino-hive-${trinoVersion}`), join(unfinished, 'plugin/hive'));
  for (const name of await readdir(unfinished)) {
    if (name !== 'lib' && name !== 'plugin') await rm(join(unfinished, name), { recursive: true });
  }
  await rename(unfinished, home);
  return home;
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}

async function writeSettings(folder: string, port: number, s3: S3Settings): Promise<void> {
  await mkdir(join(folder, 'catalog'));
  await mkdir(join(folder, 'metastore'));
  await writeProperties(join(folder, 'config.properties'), {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': String(port),
    'discovery.uri': `http://127.0.0.1:${port}`,
    'catalog.config-dir': join(folder, 'catalog'),
    'query.max-memory': '300MB',
    'query.max-memory-per-node': '300MB',
    'memory.heap-headroom-per-node': '200MB',
  });
  await writeProperties(join(folder, 'catalog/lake.properties'), {
    'connector.name': 'hive',
    'hive.metastore': 'file',
    'hive.metastore.catalog.dir': 'local:///metastore',
    'hive.timestamp-precision': 'MICROSECONDS',
    'fs.native-local.enabled': 'true',
    'local.location': folder,
    'fs.native-s3.enabled': 'true',
    's3.endpoint': s3.endpoint,
    's3.region': 'us-east-1',
    's3.path-style-access': 'true',
    's3.aws-access-key': s3.accessKeyId,
    's3.aws-secret-key': s3.secretAccessKey,
  });
}

async function writeProperties(path: string, properties: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 });
}

function programArguments(home: string, folder: string): readonly string[] {
  return [
    ...['-Xmx1200M', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Duser.timezone=UTC'],
    ...['-Djdk.attach.allowAttachSelf=true', '--enable-native-access=ALL-UNNAMED'],
    ...['--add-modules=jdk.incubator.vector', '--sun-misc-unsafe-memory-access=allow'],
    `-Dconfig=${join(folder, 'config.properties')}`,
    `-Dplugin.dir=${join(home, 'plugin')}`,
    `-Dlog.path=${join(folder, 'server.log')}`,
    ...[
      '-Dnode.environment=test',
      '-Dnode.id=one',
      '-Dnode.bind-ip=127.0.0.1',
      '-Dnode.internal-address=127.0.0.1',
    ],
    ...[`-Dnode.data-dir=${join(folder, 'data')}`],
    ...['-cp', join(home, 'lib/*'), 'io.trino.server.TrinoServer'],
  ];
}

async function untilStarted(address: string, server: ChildProcess): Promise<void> {
  for (let attempt = 1; attempt <= 600; attempt += 1) {
    if (server.exitCode !== null || server.signalCode !== null) throw new Error('the process ended');
    const info = await fetch(`${address}/v1/info`).then(
      (response) => response.json() as Promise<{ starting?: boolean }>,
      () => undefined,
    );
    if (info?.starting === false) return;
    await delay(200);
  }
  throw new Error('it takes more than two minutes');
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await ended;
}

interface StatementResponse {
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly message: string };
  readonly nextUri?: string;
}

/** The server takes statements some seconds before it knows itself as a node that can run them. */
async function query(address: string, sql: string, schema: string): Promise<readonly (readonly unknown[])[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runStatement(address, sql, schema);
    } catch (error) {
      const isEarly = error instanceof Error && error.message.startsWith('No nodes available');
      if (!isEarly || attempt === 120) throw error;
      await delay(250);
    }
  }
}

async function runStatement(
  address: string,
  sql: string,
  schema: string,
): Promise<readonly (readonly unknown[])[]> {
  const headers = {
    'X-Trino-User': 'test',
    'X-Trino-Catalog': 'lake',
    'X-Trino-Schema': schema,
    'X-Trino-Time-Zone': 'UTC',
    // Without it timestamps come in milliseconds.
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
  };
  const rows: (readonly unknown[])[] = [];
  let response = await fetch(`${address}/v1/statement`, { method: 'POST', body: sql, headers });
  for (;;) {
    const { data = [], error, nextUri } = (await response.json()) as StatementResponse;
    rows.push(...data);
    if (error !== undefined) throw new Error(error.message);
    if (nextUri === undefined) return rows;
    response = await fetch(nextUri, { headers });
  }
}
