import assert from 'node:assert/strict';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  auditEntry,
  auditTable,
  MemoryCatalogue,
  type TemporaryLake,
  type TestScope,
  temporaryLake,
} from '../testing/temporary-lake.ts';
import { Mirror, type MirrorObjects } from './mirror.ts';

const address = 's3://lake/one';
const manifestKey = 'manifests/panther_logs/panther_audit/manifest';

/** Objects in memory, which hold to account whoever changes them: no manifest names what is not there, at any moment. */
class WatchedObjects implements MirrorObjects {
  readonly contents = new Map<string, Uint8Array>();
  /** Fails every change from the one after so many more. */
  changesLeft = Number.POSITIVE_INFINITY;

  async read(key: string): Promise<Uint8Array | undefined> {
    return this.contents.get(key);
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    this.#change();
    this.contents.set(key, bytes);
    this.check();
  }

  async delete(key: string): Promise<void> {
    this.#change();
    this.contents.delete(key);
    this.check();
  }

  async *list(prefix: string): AsyncIterable<string> {
    yield* [...this.contents.keys()].filter((key) => key.startsWith(prefix));
  }

  #change(): void {
    this.changesLeft -= 1;
    if (this.changesLeft < 0) throw new Error('the bucket refuses');
  }

  check(): void {
    for (const path of this.named()) assert.ok(this.contents.has(path), `${path} is named and not there`);
  }

  named(): readonly string[] {
    const text = Buffer.from(this.contents.get(manifestKey) ?? []).toString();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(`${address}/`, ''));
  }

  files(): readonly string[] {
    return [...this.contents.keys()].filter((key) => key.endsWith('.parquet'));
  }
}

interface MirroredLake extends TemporaryLake {
  readonly mirror: Mirror;
}

/** A lake whose mirror works when told to. */
async function mirroredLake(t: TestScope, objects: MirrorObjects, options = {}): Promise<MirroredLake> {
  let mirror: Mirror | undefined;
  const lake = await temporaryLake(t, {
    ...options,
    createMirror: (place) => {
      mirror = new Mirror({ ...place, objects, address, delayMs: 3_600_000 });
      return mirror;
    },
  });
  assert.ok(mirror);
  return { ...lake, mirror };
}

const livePaths = async ({ catalogue }: TemporaryLake): Promise<readonly string[]> =>
  (await catalogue.files(auditTable)).map(({ path }) => path).toSorted();

test('the objects are the live files and a manifest that names just them', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({});
  await lake.load({ timestamp: '2026-11-01 00:00:00' });
  await lake.mirror.flush();
  assert.deepEqual(objects.named(), await livePaths(lake));
  assert.deepEqual(objects.files().toSorted(), await livePaths(lake));
  assert.match(
    Buffer.from(objects.contents.get('ddl/panther_logs/panther_audit.sql') ?? []).toString(),
    /^CREATE EXTERNAL TABLE IF NOT EXISTS `panther_logs`\.`panther_audit` \([\s\S]*`actor` struct<id:string,type:string,name:string,attributes:string>,\n[\s\S]*`errors` array<struct<message:string>>[\s\S]*`p_event_time` timestamp[\s\S]*LOCATION 's3:\/\/lake\/one\/manifests\/panther_logs\/panther_audit\/';\n$/,
  );

  // Sixteen small files become one.
  for (let batch = 0; batch < 17; batch += 1) await lake.load({});
  while ((await livePaths(lake)).length > 4) await new Promise((resolve) => setTimeout(resolve, 10));
  await lake.mirror.flush();
  assert.deepEqual(objects.named(), await livePaths(lake));
  assert.deepEqual(objects.files().toSorted(), await livePaths(lake));
});

test('a mirror that is cut off anywhere goes on where it was, and nobody reads half a change meanwhile', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  for (let changes = 0; changes < 12; changes += 1) {
    await lake.load({});
    if (changes === 6)
      await lake.lake.replace(auditTable, [{ index: 0, entry: auditEntry(0) }]).catch(() => undefined);
    objects.changesLeft = changes % 4;
    await lake.mirror.flush().catch((error) => assert.match(error.message, /the bucket refuses/));
    objects.check();
    // As after a crash: what it knew is gone.
    objects.changesLeft = Number.POSITIVE_INFINITY;
    if (changes % 3 === 2) {
      const { catalogue, directory } = lake;
      const another = new Mirror({
        directory,
        catalogue,
        objects,
        address,
        onBackgroundError: () => assert.fail(),
      });
      await another.flush();
      await another.close();
      assert.deepEqual(objects.named(), await livePaths(lake));
      assert.deepEqual(objects.files().toSorted(), await livePaths(lake));
    }
  }
});

test('a lake that lost its directory has its files and answers back from the objects', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  // Of a month that is not over, so that nothing is merged meanwhile.
  await lake.load({ actionName: 'SIGN_IN' });
  await lake.load({ timestamp: '2026-11-01 00:00:00' });
  await lake.mirror.flush();
  const sql = 'SELECT actionName, "timestamp" FROM panther_audit ORDER BY p_event_time';
  const before = await lake.rows(sql);
  await rm(join(lake.directory, 'panther_logs'), { recursive: true });
  assert.equal(await lake.mirror.restore(), 2);
  assert.deepEqual(await lake.rows(sql), before);
  assert.equal(await lake.mirror.restore(), 0);
});

test('what is not copied when the lake closes is copied then', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({});
  await lake.lake.close();
  assert.deepEqual(objects.named(), await livePaths(lake));
});

test('a store that does not answer keeps no lake from closing', async () => {
  const silent: MirrorObjects = {
    read: () => new Promise(() => undefined),
    write: () => new Promise(() => undefined),
    delete: () => new Promise(() => undefined),
    list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
  };
  const place = { directory: '/nowhere', catalogue: new MemoryCatalogue(), address };
  const mirror = new Mirror({
    ...place,
    objects: silent,
    onBackgroundError: () => assert.fail(),
    closeMsMax: 10,
  });
  await mirror.close();
});

test('what is restored is of the size that the catalogue says, or is left out', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({});
  await lake.mirror.flush();
  const [path = ''] = objects.files();
  objects.contents.set(path, Buffer.from('cut short'));
  await rm(join(lake.directory, path));
  assert.equal(await lake.mirror.restore(), 0);
});

test('rows that are replaced are gone from the objects when it is done, and not done while the objects refuse', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({ actor: { id: 'someone', type: 'USER' } });
  await lake.mirror.flush();
  const [old] = objects.files();
  const without = [{ index: 0, entry: auditEntry(0, { actor: { id: 'nobody', type: 'USER' } }) }];
  objects.changesLeft = 0;
  await assert.rejects(lake.lake.replace(auditTable, without), /the bucket refuses/);
  objects.changesLeft = Number.POSITIVE_INFINITY;
  await lake.lake.replace(auditTable, without);
  assert.equal(objects.files().length, 1);
  assert.notEqual(objects.files()[0], old);
});

/** Cuts a file short and has a query meet it. */
async function damage(lake: TemporaryLake, path: string): Promise<void> {
  await truncate(join(lake.directory, path), 100);
  await assert.rejects(lake.rows('FROM panther_audit'), { code: 'damaged_file' });
}

test('a damaged file has its rows back from its copy, which is kept until then', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({ timestamp: '2026-11-01 00:00:00' });
  await lake.load({ timestamp: '2026-10-01 00:00:00' });
  await lake.mirror.flush();
  const sql = 'SELECT p_ledger_index AS i FROM panther_audit ORDER BY i';
  const [first = ''] = await livePaths(lake);
  await damage(lake, first);
  await lake.load({});
  await lake.mirror.flush();
  assert.ok(!objects.named().includes(first), 'others do not read what is damaged here');
  assert.deepEqual(
    (await lake.lake.heal(auditTable)).map(({ path }) => path),
    [first],
  );
  assert.deepEqual(await lake.rows(sql), [{ i: 0 }, { i: 1 }, { i: 2 }]);
  assert.deepEqual(await lake.catalogue.damagedFiles(auditTable), []);
  await lake.mirror.flush();
  assert.deepEqual(objects.named(), await livePaths(lake));
  assert.deepEqual(await lake.lake.heal(auditTable), []);
});

test('a copy that is damaged too is not used, and goes when the file is let go', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({});
  await lake.mirror.flush();
  const [path = ''] = await livePaths(lake);
  await damage(lake, path);
  const copy = Buffer.from(objects.contents.get(path) ?? []);
  for (const spoilt of [copy.subarray(1), Buffer.from(copy).fill(0xff, 4, 200)]) {
    objects.contents.set(path, spoilt);
    assert.deepEqual(await lake.lake.heal(auditTable), []);
    assert.equal((await lake.catalogue.damagedFiles(auditTable)).length, 1);
  }
  await lake.lake.discardDamaged(auditTable);
  await lake.mirror.flush();
  assert.deepEqual(objects.files(), []);
});

test('rows that are made anew do not come back from the copy of a damaged file', async (t) => {
  const objects = new WatchedObjects();
  const lake = await mirroredLake(t, objects);
  await lake.load({});
  await lake.mirror.flush();
  const [path = ''] = await livePaths(lake);
  await damage(lake, path);
  const anew = [{ index: 0, entry: auditEntry(0) }];
  objects.changesLeft = 0;
  await assert.rejects(lake.lake.replace(auditTable, anew), /the bucket refuses/);
  objects.changesLeft = Number.POSITIVE_INFINITY;
  await lake.lake.replace(auditTable, anew);
  assert.deepEqual(objects.files(), []);
  assert.deepEqual(await lake.lake.heal(auditTable), []);
});

test('changes are mirrored by themselves, and failures are told and tried again', async (t) => {
  const objects = new WatchedObjects();
  objects.changesLeft = 0;
  const lake = await temporaryLake(t, {
    createMirror: (place) => new Mirror({ ...place, objects, address, delayMs: 5 }),
  });
  await lake.load({});
  while (lake.backgroundErrors.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.match(String(lake.backgroundErrors[0]), /the bucket refuses/);
  objects.changesLeft = Number.POSITIVE_INFINITY;
  while (objects.named().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(objects.named(), await livePaths(lake));
});
