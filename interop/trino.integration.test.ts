import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  type Catalogue,
  hiveColumns,
  type Lake,
  type LakeFile,
  Mirror,
  openLake,
  symlinkFormat,
  type TableDefinition,
} from '@pawprint/lake';
import { openS3Store } from '@pawprint/ledger';
import { encodeEntry } from '@pawprint/record';
import { startTrino, type TrinoServer, trinoObstacle, trinoVersion } from '../scripts/servers/trino.ts';

const { TEST_S3_ENDPOINT: endpoint = '', TEST_S3_BUCKET: bucket = '' } = process.env;
const { TEST_S3_ACCESS_KEY_ID: accessKeyId = '', TEST_S3_SECRET_ACCESS_KEY: secretAccessKey = '' } =
  process.env;
const skip = endpoint === '' ? 'TEST_S3_ENDPOINT is not set' : (trinoObstacle() ?? false);

const table = 'panther_logs.panther_audit';

/** The same statements on both engines: the lake reads Trino's spellings. */
const statements = [
  'SELECT count(*), min(p_ledger_index), max(p_ledger_index) FROM panther_audit',
  'SELECT actionName, actionResult, count(*) AS n FROM panther_audit GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2',
  `SELECT date_trunc('day', p_event_time) AS day, count(*) FROM panther_audit WHERE actionResult = 'FAILED' GROUP BY 1 ORDER BY 1`,
  `SELECT p_row_id, "timestamp", p_event_time FROM panther_audit ORDER BY p_ledger_index LIMIT 20`,
  `SELECT actor.name, count(DISTINCT sourceIP) FROM panther_audit GROUP BY actor.name ORDER BY actor.name`,
  `SELECT json_extract_scalar(actor.attributes, '$.email') AS email, count(*) FROM panther_audit GROUP BY 1 ORDER BY 1`,
  `SELECT json_extract_scalar(actionParams, '$.dynamic.input.ids[1]') AS second, count(*) FROM panther_audit GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
  `SELECT count(*) FROM panther_audit WHERE contains(p_any_ip_addresses, '203.0.113.7')`,
  `SELECT cardinality(p_any_ip_addresses) AS n, count(*) FROM panther_audit GROUP BY 1 ORDER BY 1`,
  `SELECT ip, count(*) FROM panther_audit CROSS JOIN UNNEST(p_any_ip_addresses) AS t(ip) GROUP BY ip ORDER BY 2 DESC, 1 LIMIT 5`,
  'SELECT element_at(p_any_usernames, 1) AS who, count(*) FROM panther_audit GROUP BY 1 ORDER BY 1',
  `SELECT count(*) FROM panther_audit WHERE any_match(p_any_ip_addresses, ip -> ip LIKE '203.%')`,
  `SELECT count(*) FROM panther_audit WHERE p_event_time >= date_add('day', -30, TIMESTAMP '2026-11-23 12:00:00')`,
  `SELECT count(*) FROM panther_audit WHERE p_event_time > TIMESTAMP '2026-11-23 12:00:00' - INTERVAL '7' DAY`,
  `SELECT date_diff('day', min(date_trunc('day', p_event_time)), max(date_trunc('day', p_event_time))) FROM panther_audit`,
  `SELECT count(*) FROM panther_audit WHERE regexp_like(actionName, '^(DELETE|UPDATE)_.*$')`,
  `SELECT if(actionResult = 'FAILED', 'bad', 'good') AS how, approx_distinct(actor.id) FROM panther_audit GROUP BY 1 ORDER BY 1`,
  `WITH busy AS (SELECT actor.id AS id, count(*) AS n FROM panther_audit GROUP BY 1 HAVING count(*) > 100)
   SELECT actionName, count(*) FROM panther_audit JOIN busy ON actor.id = busy.id GROUP BY 1 ORDER BY 1`,
  `SELECT actor.name, p_ledger_index, row_number() OVER (PARTITION BY actor.name ORDER BY p_event_time DESC, p_ledger_index) AS n
   FROM panther_audit ORDER BY n, 1 LIMIT 8`,
  `SELECT errors IS NULL, p_rule_id FROM panther_rule_matches.panther_audit`,
];

let folder: string;
let trino: TrinoServer;
let lake: Lake;
let mirror: Mirror;
let loaded = 0;

/** In memory, with one table's files at a time. */
class TestCatalogue implements Catalogue {
  readonly #cursors = new Map<string, number>();
  readonly #files = new Map<string, readonly LakeFile[]>();

  async cursor(name: string): Promise<number> {
    return this.#cursors.get(name) ?? 0;
  }

  async files(name: string): Promise<readonly LakeFile[]> {
    return this.#files.get(name) ?? [];
  }

  async damagedFiles(): Promise<readonly []> {
    return [];
  }

  markDamaged(path: string): Promise<void> {
    return Promise.reject(new Error(`${path} is damaged`));
  }

  async commit({ table: name, add, remove, toCursor }: Parameters<Catalogue['commit']>[0]): Promise<void> {
    const gone = new Set(remove.map(({ path }) => path));
    const files = await this.files(name);
    this.#files.set(name, [...files.filter(({ path }) => !gone.has(path)), ...add]);
    this.#cursors.set(name, toCursor);
  }
}

/** Records over a quarter of a year, all different and always the same. */
function entry(index: number): Uint8Array {
  const time = new Date(Date.UTC(2026, 8, 1) + ((index * 7_919) % 7_776_000) * 1_000).toISOString();
  const user = index % 7;
  return encodeEntry({
    v: 1,
    id: index.toString(16).padStart(32, '0'),
    record: {
      actionName: ['SIGN_IN', 'GET_USER', 'UPDATE_USER', 'DELETE_DETECTION'][index % 4] ?? '',
      actionResult: index % 11 === 0 ? 'FAILED' : 'SUCCEEDED',
      actionParams: { dynamic: { input: { ids: [`a${index % 3}`, `b"ü${index % 5}`], size: index } } },
      actor: {
        id: `user-${user}`,
        type: 'USER',
        name: `user ${user}`,
        ...(user > 0 && { attributes: { email: `user${user}@example.com` } }),
      },
      ...(index % 11 === 0 && { errors: [{ message: 'no such user' }] }),
      ...(index % 5 > 0 && {
        sourceIP: `203.0.113.${index % 9}`,
        XForwardedFor: [`198.51.100.${index % 4}`],
      }),
      timestamp: `${time.slice(0, 19).replace('T', ' ')}.${String(index % 1_000_000_000).padStart(9, '0')}`,
      pantherVersion: '0.1.0',
    },
  });
}

async function load(count: number): Promise<void> {
  const entries = Array.from({ length: count }, (_, at) => entry(loaded + at));
  await lake.append({ table, fromIndex: loaded, entries, sourceId: 'source-1' });
  loaded += count;
}

let queries = 0;

async function answerOfLake(sql: string): Promise<readonly (readonly unknown[])[]> {
  queries += 1;
  const id = `query-${queries}`;
  const tables = lake.tables().map(({ database, name }) => `${database}.${name}`);
  const now = new Date('2026-11-23T12:00:00Z');
  const { columns } = await lake.query({ id, sql, database: 'panther_logs', tables, now }).done;
  const { rows } = await lake.results(id, { offset: 0, pageSize: 1_000 });
  return rows.map((row) => columns.map(({ name }) => row[name]));
}

/** A table as Trino's metastore of files has it; elsewhere the statement in `ddl/` makes the same known. */
async function register(definition: TableDefinition, address: string): Promise<void> {
  const { database, name } = definition;
  const place = join(trino.metastore, database, name);
  await mkdir(place, { recursive: true });
  const columns = hiveColumns(definition).map((column) => ({ ...column, properties: {} }));
  const metadata = {
    ...{ writerVersion: trinoVersion, owner: 'test', tableType: 'EXTERNAL_TABLE', dataColumns: columns },
    ...{ partitionColumns: [], parameters: { EXTERNAL: 'TRUE' }, serdeParameters: {}, columnStatistics: {} },
    originalStorageFormat: symlinkFormat,
    externalLocation: `${address}/manifests/${database}/${name}`,
  };
  await writeFile(join(place, '.trinoSchema'), JSON.stringify(metadata));
}

suite('the lake in a bucket, read by Trino', { skip }, () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pawprint-trino-lake-'));
    const starting = startTrino({ endpoint, accessKeyId, secretAccessKey });
    const location = { bucket, prefix: `lake-${randomUUID()}`, endpoint, region: 'us-east-1' };
    const objects = await openS3Store({ ...location, credentials: { accessKeyId, secretAccessKey } }, 'NONE');
    const directory = join(folder, 'lake');
    const catalogue = new TestCatalogue();
    const onBackgroundError = (error: unknown) => assert.fail(String(error));
    const address = `s3://${bucket}/${location.prefix}`;
    mirror = new Mirror({
      ...{ directory, catalogue, objects, address, onBackgroundError },
      delayMs: 10_000,
    });
    lake = await openLake({
      ...{ directory, resultsDirectory: join(folder, 'results'), catalogue, mirror, onBackgroundError },
      clock: () => new Date('2026-11-23T12:00:00Z'),
    });
    await load(3_000);
    await load(500);
    await mirror.flush();
    trino = await starting;
    for (const schema of ['panther_logs', 'panther_rule_matches']) {
      await trino.query(`CREATE SCHEMA lake.${schema}`, 'default');
    }
    for (const definition of lake.tables().filter(({ unites }) => unites === undefined)) {
      if (['panther_logs', 'panther_rule_matches'].includes(definition.database))
        await register(definition, address);
    }
  });

  after(async () => {
    await lake?.close();
    await trino?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const sql of statements) {
    test(sql.replaceAll(/\s+/g, ' '), async () => {
      assert.deepEqual(await trino.query(sql, 'panther_logs'), await answerOfLake(sql));
    });
  }

  test('it sees every batch whole, whatever is merged and removed meanwhile', async () => {
    const before = loaded;
    const counts: number[] = [];
    const loading = (async () => {
      for (let batch = 0; batch < 40; batch += 1) await load(100);
    })();
    while (counts.at(-1) !== before + 4_000) {
      const [[count] = []] = await trino.query('SELECT count(*) FROM panther_audit', 'panther_logs');
      counts.push(Number(count));
    }
    await loading;
    assert.deepEqual(
      counts.filter((count) => count % 100 !== 0),
      [],
      'a batch was seen in part',
    );
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    assert.ok(new Set(counts).size > 1);
  });
});
