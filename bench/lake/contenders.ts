import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { openLake } from '@pawprint/lake';
import pg from 'pg';
import { MemoryCatalogue } from '../../packages/lake/src/testing/temporary-lake.ts';
import { startPostgresql } from '../../scripts/servers/postgresql.ts';
import type { BuiltLog } from './build.ts';
import type { Question } from './questions.ts';

/** Something that can answer the questions. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** Of all that is kept on disk to answer from. */
  readonly bytes: number;
  /** @returns how many rows answer it; undefined for a question it has no words for. */
  ask(question: Question): Promise<number | undefined>;
  /** Forgets what is in memory, as far as it may be told to. */
  cool(): Promise<void>;
}

/** @param folder where it keeps what it needs besides what was built. */
export type MakeContender = (built: BuiltLog, folder: string) => Promise<Contender>;

const table = 'panther_logs.panther_audit';

/** The product: its query processes over its files. */
export async function theLake({ directory, files }: BuiltLog, folder: string): Promise<Contender> {
  const catalogue = new MemoryCatalogue();
  await catalogue.commit({ table, add: files, remove: [], operation: 'LOAD', fromCursor: 0, toCursor: 1 });
  const open = () =>
    openLake({
      ...{ directory, catalogue, resultsDirectory: join(folder, 'results'), clock: () => new Date() },
      onBackgroundError: (error) => console.error(error),
    });
  let lake = await open();
  let queries = 0;
  return {
    name: 'pawprint',
    bytes: sizeOf(join(directory, 'panther_logs')),
    async ask({ sql }) {
      queries += 1;
      const id = `bench-${queries}`;
      const statement = sql.replace('FROM t', `FROM ${table}`);
      const { done } = lake.query({ id, sql: statement, database: '', tables: [table], now: new Date() });
      const { rowCount } = await done;
      await lake.results(id, { offset: 0, pageSize: 999 });
      return rowCount;
    },
    async cool() {
      await lake.close();
      uncache(directory);
      lake = await open();
    },
    [Symbol.asyncDispose]: () => lake.close(),
  };
}

/** DuckDB as one uses it without a lake around it: an open database that reads all files, which are in the order of time. */
export async function plainDuckDb({ plain }: BuiltLog, folder: string): Promise<Contender> {
  const open = async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' });
    const connection = await instance.connect();
    const paths = plain.map((path) => `'${path}'`);
    await connection.run(`CREATE VIEW t AS SELECT * FROM read_parquet([${paths.join(', ')}])`);
    return { instance, connection };
  };
  let { instance, connection } = await open();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  return {
    name: 'DuckDB',
    bytes: sizeOf(join(folder, 'plain')),
    ask: async ({ sql }) => (await connection.runAndReadAll(sql)).getRowObjectsJson().length,
    async cool() {
      close();
      uncache(join(folder, 'plain'));
      ({ instance, connection } = await open());
    },
    [Symbol.asyncDispose]: async () => close(),
  };
}

const relationalColumns = {
  id: 'p_row_id',
  ts: `strftime(p_event_time, '%Y-%m-%d %H:%M:%S.%f')`,
  actor: 'actor.id',
  action: 'actionName',
  result: 'actionResult',
  ip: 'sourceIP',
  params: 'actionParams',
  rest: `to_json({'actor': actor, 'details': actionDetails, 'agent': userAgent, 'errors': errors, 'version': pantherVersion})`,
};
const indexes = ['(ts)', '(actor, ts)', '(ip, ts)', '(action, ts)'];

async function exportCsv({ plain }: BuiltLog, path: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' });
  const connection = await instance.connect();
  const select = Object.entries(relationalColumns).map(([name, sql]) => `${sql} AS ${name}`);
  const paths = plain.map((file) => `'${file}'`);
  await connection.run(
    `COPY (SELECT ${select.join(', ')} FROM read_parquet([${paths.join(', ')}])) TO '${path}' (FORMAT csv, HEADER false)`,
  );
  connection.closeSync();
  instance.closeSync();
}

/** PostgreSQL with an index for each kind of question, on a server of its own. */
export async function postgresql(built: BuiltLog, folder: string): Promise<Contender> {
  const csv = join(folder, 'log.csv');
  if (!existsSync(csv)) await exportCsv(built, csv);
  const server = await startPostgresql();
  let client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(
    'CREATE TABLE log (id text, ts timestamp, actor text, action text, result text, ip text, params text, rest text)',
  );
  execFileSync('psql', [server.url, '-q', '-c', `\\copy log FROM '${csv}' WITH (FORMAT csv)`]);
  await client.query('CREATE UNIQUE INDEX ON log (id)');
  for (const columns of indexes) await client.query(`CREATE INDEX ON log ${columns}`);
  await client.query('VACUUM ANALYZE log');
  const size = await client.query(`SELECT pg_total_relation_size('log') AS bytes`);
  return {
    name: 'PostgreSQL',
    bytes: Number(size.rows[0].bytes),
    ask: async ({ relational }) => (await client.query(relational.postgresql)).rows.length,
    async cool() {
      // Its own memory stays as it is; what the system keeps of its files cannot be told from here.
      await client.end();
      client = new pg.Client({ connectionString: server.url });
      await client.connect();
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await server.stop();
    },
  };
}

/** SQLite with the same indexes. */
export async function sqlite(built: BuiltLog, folder: string): Promise<Contender> {
  const path = join(folder, 'sqlite', 'log.db');
  const csv = join(folder, 'log.csv');
  if (!existsSync(csv)) await exportCsv(built, csv);
  execFileSync('mkdir', ['-p', join(folder, 'sqlite')]);
  const made = [
    'PRAGMA journal_mode = OFF',
    'CREATE TABLE log (id text, ts text, actor text, action text, result text, ip text, params text, rest text)',
    '.mode csv',
    `.import ${csv} log`,
    'CREATE UNIQUE INDEX log_id ON log (id)',
    ...indexes.map((columns, at) => `CREATE INDEX log_${at} ON log ${columns}`),
    'ANALYZE',
  ];
  execFileSync('sqlite3', [path], {
    input: made.map((line) => (line.startsWith('.') ? line : `${line};`)).join('\n'),
  });
  let database = new DatabaseSync(path, { readOnly: true });
  return {
    name: 'SQLite',
    bytes: statSync(path).size,
    ask: async ({ relational }) => database.prepare(relational.sqlite).all().length,
    async cool() {
      database.close();
      uncache(join(folder, 'sqlite'));
      database = new DatabaseSync(path, { readOnly: true });
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

/** Lines of JSON, compressed by months, searched from one end to the other. */
export async function textTools({ texts }: BuiltLog, folder: string): Promise<Contender> {
  for (const text of texts.filter((path) => existsSync(path)))
    execFileSync('zstd', ['-q', '--rm', '-f', text]);
  const search = spawnSync('rg', ['--version']).status === 0 ? 'rg' : 'grep';
  return {
    name: `zstd | ${search}`,
    bytes: sizeOf(join(folder, 'texts')),
    async ask({ pattern }) {
      if (pattern === undefined) return undefined;
      const files = texts.map((text) => `${text}.zst`).join(' ');
      const { stdout } = spawnSync('sh', ['-c', `zstd -dcq ${files} | ${search} -cF '${pattern}'`], {
        encoding: 'utf8',
      });
      return Number(stdout);
    },
    cool: async () => uncache(join(folder, 'texts')),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  return filesBelow(folder).reduce((sum, file) => sum + statSync(file).size, 0);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Has the system drop what it keeps in memory of files. */
function uncache(folder: string): void {
  for (const file of filesBelow(folder))
    spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
}
