import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, suite, test } from 'node:test';
import { keptFrom, parseTimestamp } from '@pawprint/record';
import { systemClock } from '@pawprint/server';
import {
  administrator,
  type Client,
  startTestInstance,
  type TestInstance,
  type TestInstanceOptions,
} from '@pawprint/testing';
import {
  checkLog,
  createTreeHasher,
  openCheckpoint,
  parseTlogProof,
  parseVerifierKey,
  readConsistencyProof,
  readInclusionProof,
  verifyConsistency,
  verifyInclusion,
  verifyTlogProof,
} from '@pawprint/verifier';
import { folderBytes } from '../src/retention/folder-bytes.ts';
import { openPostgresqlStore } from '../src/store/postgresql-store.ts';
import { openSqliteStore } from '../src/store/sqlite-store.ts';
import { expectedRecord, system, timeless } from './expected-record.ts';
import { ask } from './lake-query.ts';

const sha256 = (data: Uint8Array) => hash('sha256', data, 'buffer');
const hasher = createTreeHasher(sha256);
const dayMs = 86_400_000;

/** An instance whose clock is set ahead by the test. */
async function startAhead(options: TestInstanceOptions) {
  let aheadMs = 0;
  const clock = { epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n };
  const instance = await startTestInstance({ ...options, clock });
  return {
    instance,
    clock,
    advance: (days: number) => {
      aheadMs += days * dayMs;
    },
    /** Looks for what is due, now. */
    async look() {
      instance.instance.retention.wake();
      await instance.instance.retention.settled();
      await instance.instance.systemErrors.settled();
    },
    signIn: () => instance.signIn(administrator.email, administrator.password),
  };
}

async function makeRecords({ instance }: TestInstance, client: Client, count: number): Promise<void> {
  const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`).join(' ');
  for (let made = 0; made < count; made += 20) await client.ask(`{ ${fields} }`);
  await instance.settled();
}

interface Page {
  readonly edges: readonly { readonly node: { readonly index: number } }[];
  readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
}

/** What retention promises, whatever the database. `newOptions` names an empty one. */
export function testRetention(kind: string, newOptions: () => Promise<TestInstanceOptions>): void {
  suite(`${kind}: after five years`, async () => {
    const options = await newOptions();
    const ahead = await startAhead(options);
    const { instance } = ahead;
    after(() => instance[Symbol.asyncDispose]());
    const { dataDirectory } = instance;
    const ledger = join(dataDirectory, 'ledger');
    const read = async (path: string, client: Client) => {
      const response = await client.fetch(`/ledger/${path}`);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    };
    const vkey = (await (await fetch(`${instance.address}/ledger/vkey`)).text()).trim();
    const key = parseVerifierKey(vkey, sha256);

    await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
    await makeRecords(instance, instance.admin, 1_400);
    const noteBefore = await (await fetch(`${instance.address}/ledger/checkpoint`)).text();
    const proofBefore = await (await instance.admin.fetch('/internal/audit-log/5/proof')).json();
    const bytesBefore = {
      ledger: await folderBytes(ledger),
      lake: await folderBytes(join(dataDirectory, 'lake')),
    };
    const before = await instance.records();
    const sizeBefore = before.length;

    const removedTo = sizeBefore - (sizeBefore % 256);
    const removed = await instance.instance.ledger.read(0, removedTo);

    ahead.advance(1_826);
    await ahead.look();
    // The instance also notes how far its clock has jumped.
    const all = await instance.records(sizeBefore);
    const records = all.filter(({ actionName }) => actionName !== 'REPORT_SYSTEM_ERROR');
    const recordedAt =
      sizeBefore + all.findIndex(({ actionName }) => actionName === 'REMOVE_EXPIRED_RECORDS');
    const admin = await ahead.signIn();

    test('what is past its time goes, as far as whole bundles go, with one record that says exactly what', () => {
      const [removal, ...more] = records;
      assert(removal !== undefined);
      assert.deepEqual(more, []);
      const { timeLimit, ...details } = (removal.actionDetails ?? {}) as Record<string, string>;
      const newest = before
        .slice(0, removedTo)
        .map(({ timestamp }) => timestamp)
        .toSorted()
        .at(-1);
      assert.deepEqual(details, {
        from: 0,
        to: removedTo - 1,
        count: removedTo,
        newestRecord: newest,
        days: 1_826,
        holds: [],
      });
      assert.deepEqual(
        timeless(removal),
        expectedRecord({
          action: 'REMOVE_EXPIRED_RECORDS',
          description: 'Removes records whose time is over',
          actor: system,
          origin: {},
          details: { ...details, timeLimit },
        }),
      );
      const limitMs = Number(parseTimestamp(String(timeLimit)) / 1_000_000n);
      const recordedMs = Number(parseTimestamp(removal.timestamp) / 1_000_000n);
      assert.ok(Math.abs(recordedMs - limitMs - 1_826 * dayMs) < 10_000);
      assert.ok(String(timeLimit) > String(newest));
    });

    test('the disk shrinks: ledger, history and lake', async () => {
      assert.deepEqual(await readdir(join(ledger, 'tile', 'entries')), [`00${removedTo / 256}.p`]);
      const after = {
        ledger: await folderBytes(ledger),
        lake: await folderBytes(join(dataDirectory, 'lake')),
      };
      const removedBytes = removed.reduce((sum, { length }) => sum + length, 0);
      // Each publication since has written a copy of the bundle that is not full yet.
      const freedBytes = bytesBefore.ledger - after.ledger;
      assert.ok(freedBytes > 0.5 * removedBytes, `${freedBytes} of ${removedBytes}`);
      assert.ok(after.lake < bytesBefore.lake, `${after.lake} of ${bytesBefore.lake}`);
      if (options.databaseUrl !== undefined) return;
      const database = new DatabaseSync(join(dataDirectory, 'pawprint.db'), { readOnly: true });
      const first = database.prepare('select min(ledger_index) as first from history').get();
      assert.deepEqual({ ...first }, { first: removedTo });
      assert.deepEqual({ ...database.prepare('pragma freelist_count').get() }, { freelist_count: 0 });
      database.close();
    });

    test('the rest verifies, against a checkpoint from before, and the removal explains what is missing', async () => {
      const known = await openCheckpoint(noteBefore, key);
      const reader = { read: (path: string) => read(path, admin) };
      const { removal } = await checkLog({ reader, vkey, sha256, known, keptFrom });
      assert.deepEqual(removal, { removedTo, recordedAt });
      await assert.rejects(checkLog({ reader, vkey, sha256, known }), {
        message: 'tile/entries/000 is missing',
      });
    });

    test('a proof from before holds, and leads to the checkpoint of now by hashes that are still there', async () => {
      const { entry, proof } = proofBefore as { entry: string; proof: string };
      assert.deepEqual(Buffer.from(entry, 'base64'), Buffer.from(removed[5] ?? []));
      const older = await verifyTlogProof({
        entry: Buffer.from(entry, 'base64'),
        proof: parseTlogProof(proof),
        key,
        sha256,
      });
      const newer = await openCheckpoint(
        await (await fetch(`${instance.address}/ledger/checkpoint`)).text(),
        key,
      );
      const stranger = {
        read: async (path: string) =>
          new Uint8Array(await (await fetch(`${instance.address}/ledger/${path}`)).arrayBuffer()),
      };
      verifyConsistency(
        hasher,
        await readConsistencyProof(stranger, hasher, older.size, newer.size),
        older,
        newer,
      );
      const inclusion = await readInclusionProof(stranger, hasher, 5, newer.size);
      verifyInclusion(hasher, hasher.leaf(Buffer.from(entry, 'base64')), inclusion, newer);
    });

    test('whoever asks for a removed record is told that it was removed', async () => {
      const message = `Records before ${removedTo} were removed when their time was over`;
      assert.equal(await (await fetch(`${instance.address}/ledger/minimum-index`)).text(), `${removedTo}\n`);
      for (const path of [
        '/internal/audit-log/5/proof',
        '/ledger/tile/entries/000',
        '/ledger/tile/entries/001.p/3',
      ]) {
        const response = await admin.fetch(path);
        const { detail } = (await response.json()) as { detail: string };
        assert.deepEqual([response.status, detail], [404, message], path);
      }
      const { errors } = await admin.graphql('{ auditLog(index: 5) { index } }');
      assert.equal(errors[0]?.message, message);
      const { auditLog } = await admin.ask<{ auditLog: unknown }>(
        `{ auditLog(index: ${removedTo}) { index } }`,
      );
      assert.deepEqual(auditLog, { index: removedTo });
      await assert.rejects(instance.instance.ledger.read(5, 6), { code: 'removed' });
    });

    test('the history and the settings begin with the first record that is kept', async () => {
      const indexes: number[] = [];
      for (let page: Page | undefined; page?.pageInfo.hasNextPage !== false; ) {
        const cursor: string | null = page?.pageInfo.endCursor ?? null;
        const { auditLogs } = await admin.ask<{ auditLogs: Page }>(
          `query ($input: AuditLogsInput) {
          auditLogs(input: $input) { edges { node { index } } pageInfo { endCursor hasNextPage } }
        }`,
          { input: { cursor, pageSize: 100 } },
        );
        page = auditLogs;
        indexes.push(...page.edges.map(({ node }) => node.index));
      }
      assert.equal(indexes.at(-1), removedTo);
      const { retentionSettings, auditLogCounts } = await admin.ask<Record<string, Record<string, number>>>(
        '{ retentionSettings { firstIndex firstRecordAt } auditLogCounts { begin } }',
      );
      assert.equal(retentionSettings?.firstIndex, removedTo);
      assert.equal(auditLogCounts?.begin, removedTo);
    });

    test('a hold can not reach what is removed', async () => {
      const { errors } = await admin.graphql(
        'mutation { createLegalHold(input: { from: 5, reason: "late" }) { legalHold { id } } }',
      );
      assert.equal(errors[0]?.message, `input.from: the records before ${removedTo} are removed already`);
    });

    test('a live tail that asks for removed records begins with the first that is kept', async () => {
      const stop = new AbortController();
      const response = await admin.fetch('/internal/audit-log/stream?after=3', { signal: stop.signal });
      const decoder = new TextDecoder();
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        if (text.includes('\nid: ') || text.startsWith('id: ')) break;
      }
      stop.abort();
      assert.equal(Number(/^id: (\d+)$/m.exec(text)?.[1]), removedTo);
    });

    test('history and lake are built again from what is left', async () => {
      await instance.stop();
      const openStore = () =>
        options.databaseUrl === undefined
          ? openSqliteStore(join(dataDirectory, 'pawprint.db'))
          : openPostgresqlStore(options.databaseUrl);
      const emptied = await openStore();
      await emptied.bookkeep((bookkeeper) => bookkeeper.deleteFrom('history').execute());
      await emptied.close();
      await rm(join(dataDirectory, 'lake'), { recursive: true });
      const again = await startTestInstance({ ...options, dataDirectory, clock: ahead.clock });
      await again.stop();
      const failures = again.reports.filter((line) => line.includes('fail'));
      assert.deepEqual(failures, []);

      const rebuilt = await openStore();
      const { size } = again.instance.ledger;
      const history = await rebuilt.reader
        .selectFrom('history')
        .select('ledger_index')
        .orderBy('ledger_index')
        .execute();
      assert.deepEqual(
        history.map((row) => row.ledger_index),
        Array.from({ length: size - removedTo }, (_, at) => removedTo + at),
      );
      const files = await rebuilt.reader
        .selectFrom('lake_files')
        .select('rows')
        .where('table_name', '=', 'panther_logs.panther_audit')
        .execute();
      assert.equal(
        files.reduce((sum, { rows }) => sum + rows, 0),
        size - removedTo,
      );
      await rebuilt.close();
    });
  });

  suite(`${kind}: what is kept`, () => {
    test('a hold keeps its bundle and all behind it; released, they go at the next look', async () => {
      const ahead = await startAhead(await newOptions());
      await using instance = ahead.instance;
      await makeRecords(instance, instance.admin, 1_000);
      const createHold =
        'mutation ($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } } }';
      const hold = async (client: Client, input: Record<string, unknown>) =>
        (await client.ask<{ createLegalHold: { legalHold: { id: string } } }>(createHold, { input }))
          .createLegalHold.legalHold.id;
      const inMiddle = await hold(instance.admin, { from: 300, to: 300, reason: 'one record' });
      const openEnd = await hold(instance.admin, { from: 700, reason: 'from there on' });
      ahead.advance(1_826);
      await ahead.look();
      const { ledger } = instance.instance;
      assert.equal(ledger.firstIndex, 256);
      const admin = await ahead.signIn();
      const release = async (id: string) => {
        await admin.ask(
          'mutation ($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { legalHold { id } } }',
          {
            input: { id },
          },
        );
        await instance.instance.retention.settled();
      };
      await release(inMiddle);
      assert.equal(ledger.firstIndex, 512);
      await release(openEnd);
      assert.equal(ledger.firstIndex, 768);
      assert.equal((await instance.records(768)).length, ledger.size - 768);
    });

    test('a longer period keeps what is there; a shorter one only lets go what is recorded later', async () => {
      const ahead = await startAhead(await newOptions());
      await using instance = ahead.instance;
      const { ledger } = instance.instance;
      const setDays = async (client: Client, days: number) => {
        await client.ask(
          'mutation ($input: UpdateRetentionSettingsInput!) { updateRetentionSettings(input: $input) { retentionSettings { days } } }',
          { input: { days } },
        );
        await instance.instance.retention.settled();
      };
      await makeRecords(instance, instance.admin, 300);
      await setDays(instance.admin, 3_000);
      await setDays(instance.admin, 10);
      ahead.advance(1);
      const onNextDay = await ahead.signIn();
      await makeRecords(instance, onNextDay, 300);

      ahead.advance(2_998);
      await ahead.look();
      assert.equal(ledger.firstIndex, 0, 'the first bundle was there when 3,000 days were promised');
      ahead.advance(1);
      await ahead.look();
      // The second bundle has records of both days, the first of which were promised 3,000 days, and so has its time.
      assert.equal(ledger.firstIndex, 512);
    });

    test('a new instance that takes over the ledger knows what was removed, the period and the holds', async () => {
      const ahead = await startAhead(await newOptions());
      await using instance = ahead.instance;
      await instance.admin.ask('mutation { updateRetentionSettings(input: { days: 3000 }) { __typename } }');
      const { createLegalHold } = await instance.admin.ask<{
        createLegalHold: { legalHold: { id: string } };
      }>('mutation { createLegalHold(input: { from: 400, reason: "Case 8" }) { legalHold { id } } }');
      await makeRecords(instance, instance.admin, 700);
      ahead.advance(3_000);
      await ahead.look();
      assert.equal(instance.instance.ledger.firstIndex, 256, 'the records of both changes are removed');
      await instance.stop();

      const dataDirectory = await mkdtemp(join(tmpdir(), 'pawprint-retention-'));
      for (const folder of ['ledger', 'keys']) {
        await cp(join(instance.dataDirectory, folder), join(dataDirectory, folder), { recursive: true });
      }
      const taking = { ...(await newOptions()), dataDirectory, restore: true, clock: ahead.clock };
      await using other = await startTestInstance(taking);
      await other.instance.retention.settled();
      await other.instance.settled();
      assert.equal(other.instance.ledger.firstIndex, 256);
      const told = await other.admin.ask<Record<string, unknown>>(
        '{ retentionSettings { days firstIndex } legalHolds { id from to reason releasedAt } }',
      );
      assert.deepEqual(told, {
        retentionSettings: { days: 3_000, firstIndex: 256 },
        legalHolds: [
          { id: createLegalHold.legalHold.id, from: 400, to: null, reason: 'Case 8', releasedAt: null },
        ],
      });
    });

    test('the next look is an hour later by the clock of the instance, and at every start', async () => {
      const options = await newOptions();
      const ahead = await startAhead(options);
      const { instance, clock } = ahead;
      await makeRecords(instance, instance.admin, 300);
      ahead.advance(1_827);
      const deadline = Date.now() + 60_000;
      while (instance.instance.ledger.firstIndex === 0 && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(instance.instance.ledger.firstIndex, 256);
      await makeRecords(instance, await ahead.signIn(), 300);
      await instance.stop();
      ahead.advance(1_827);
      await using again = await startTestInstance({
        ...options,
        dataDirectory: instance.dataDirectory,
        clock,
      });
      await again.instance.retention.settled();
      assert.equal(again.instance.ledger.firstIndex, 512);
    });
  });
  suite(`${kind}: rows of the data lake`, async () => {
    const options = await newOptions();
    const ahead = await startAhead(options);
    let { instance } = ahead;
    after(() => instance[Symbol.asyncDispose]());
    const { dataDirectory } = instance;
    const audit = 'panther_logs.panther_audit';
    const signIn = () => instance.signIn(administrator.email, administrator.password);
    const look = async () => {
      instance.instance.retention.wake();
      await instance.instance.retention.settled();
      await instance.instance.settled();
    };
    const setDays = async (client: Client, key: string, days: number | null) => {
      const [databaseName, tableName] = key.split('.');
      await client.ask(
        `mutation ($input: UpdateDataLakeRetentionSettingsInput!) {
          updateDataLakeRetentionSettings(input: $input) { tableRetention { days } } }`,
        { input: { databaseName, tableName, days } },
      );
      await instance.instance.retention.settled();
    };
    const settings = async (client: Client, key: string) => {
      const { dataLakeRetentionSettings } = await client.ask<{
        dataLakeRetentionSettings: readonly Record<string, string | number | boolean | null>[];
      }>(
        `{ dataLakeRetentionSettings {
          databaseName tableName days daysInForce rowCount bytes firstRowAt removedBefore isRestorable } }`,
      );
      const found = dataLakeRetentionSettings.find(
        (each) => `${each.databaseName}.${each.tableName}` === key,
      );
      assert(found !== undefined);
      return found;
    };
    /** How many of the records before an index have a row. */
    const rowsBefore = async (client: Client, index: number) => {
      await instance.instance.settled();
      const [row] = await ask(client, `SELECT count(*) AS n FROM ${audit} WHERE p_ledger_index < ${index}`);
      return row?.n;
    };
    const restart = async (between?: () => Promise<void>) => {
      await instance.stop();
      await between?.();
      instance = await startTestInstance({ ...options, dataDirectory, clock: ahead.clock });
      await instance.instance.retention.settled();
      await instance.instance.settled();
    };
    const loseTable = () => rm(join(dataDirectory, 'lake', 'panther_logs'), { recursive: true });
    const removals = async (from: number) =>
      (await instance.records(from)).filter(
        ({ actionName }) => actionName === 'REMOVE_EXPIRED_DATA_LAKE_ROWS',
      );

    await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
    await makeRecords(instance, instance.admin, 300);
    const old = instance.instance.ledger.size;
    ahead.advance(200);
    const later = await signIn();
    await look();

    test('stay as long as the records, unless a shorter time is set', async () => {
      assert.equal(await rowsBefore(later, old), old);
      const { days, daysInForce, removedBefore } = await settings(later, audit);
      assert.deepEqual([days, daysInForce, removedBefore], [null, 1_826, null]);
      assert.equal((await settings(later, 'panther_monitor.data_audit')).daysInForce, 365);
      assert.deepEqual(await removals(0), []);
    });

    test('a legal hold keeps them too', async () => {
      const { createLegalHold } = await later.ask<{ createLegalHold: { legalHold: { id: string } } }>(
        'mutation { createLegalHold(input: { from: 0, reason: "Case 9" }) { legalHold { id } } }',
      );
      await setDays(later, audit, 30);
      assert.equal(await rowsBefore(later, old), old);
      const from = instance.instance.ledger.size;
      await later.ask('mutation ($id: ID!) { releaseLegalHold(input: { id: $id }) { legalHold { id } } }', {
        id: createLegalHold.legalHold.id,
      });
      await instance.instance.retention.settled();
      assert.equal(await rowsBefore(later, old), 0);
      const [removal, ...more] = await removals(from);
      assert(removal !== undefined);
      assert.deepEqual(more, []);
      const given = removal.actionParams?.static as Record<string, string | number>;
      const { timeLimit, ...details } = removal.actionDetails as Record<string, string | number>;
      assert.deepEqual(details, { table: audit, rows: given.rows, files: given.files, days: 30 });
      assert.ok(Number(details.rows) >= old, `${details.rows} of ${old}`);
      const now = Number(ahead.clock.epochNanoseconds() / 1_000_000n);
      const limitMs = Date.parse(String(given.timeLimit));
      assert.ok(Math.abs(now - 30 * dayMs - limitMs) < 60_000);
      assert.equal(Number(parseTimestamp(String(timeLimit)) / 1_000_000n), limitMs);
      assert.deepEqual(
        timeless(removal),
        expectedRecord({
          action: 'REMOVE_EXPIRED_DATA_LAKE_ROWS',
          description: 'Removes rows of the data lake whose time is over',
          actor: system,
          origin: {},
          static: { table: audit, ...given },
          details: { ...details, timeLimit: String(timeLimit) },
        }),
      );
    });

    test('the ledger keeps the records, and the audit log finds them', async () => {
      assert.equal(instance.instance.ledger.firstIndex, 0);
      const { auditLogs } = await later.ask<{ auditLogs: Page }>(
        '{ auditLogs(input: { text: "CREATE_LOG_SOURCE" }) { edges { node { index } } pageInfo { endCursor hasNextPage } } }',
      );
      assert.ok(auditLogs.edges.some(({ node }) => node.index < old));
    });

    test('what is gone does not come back with what is lost, also under a longer time', async () => {
      const newer = instance.instance.ledger.size;
      await restart(loseTable);
      const admin = await signIn();
      assert.equal(await rowsBefore(admin, old), 0);
      const kept = await rowsBefore(admin, newer);
      assert.ok(Number(kept) > 0);
      await setDays(admin, audit, 1_000);
      await restart(loseTable);
      const again = await signIn();
      assert.equal(await rowsBefore(again, newer), kept);
      assert.equal((await settings(again, audit)).isRestorable, true);
      assert.deepEqual(
        instance.reports.filter((line) => line.includes('fail')),
        [],
      );
    });

    test('a rebuild brings back what the longer time covers, and they stay', async () => {
      const admin = await signIn();
      const size = instance.instance.ledger.size;
      const from = size;
      const { removedBefore } = await settings(admin, audit);
      await admin.ask(
        `mutation { rebuildDataLakeTable(input: { databaseName: "panther_logs", tableName: "panther_audit" }) { rows } }`,
      );
      await look();
      assert.equal(await rowsBefore(admin, size), size);
      const rebuild = (await instance.records(from)).find(
        ({ actionName }) => actionName === 'REBUILD_DATA_LAKE_TABLE',
      );
      const after = (rebuild?.actionDetails?.removedBefore as { after: string } | undefined)?.after;
      assert.deepEqual(rebuild?.actionDetails, {
        table: audit,
        damagedFiles: [],
        rowsRestored: 0,
        removedBefore: { before: removedBefore, after },
      });
      const now = await settings(admin, audit);
      assert.deepEqual([now.removedBefore, now.isRestorable], [after, false]);
      await restart();
      assert.equal(await rowsBefore(await signIn(), size), size);
    });

    test('those of the monitor have a time of their own', async () => {
      const admin = await signIn();
      const monitor = 'panther_monitor.data_audit';
      const before = await settings(admin, monitor);
      assert.ok(Number(before.rowCount) > 0);
      await setDays(admin, monitor, 3_000);
      assert.deepEqual((await settings(admin, monitor)).rowCount, before.rowCount);
      await setDays(admin, monitor, 1);
      assert.equal((await settings(admin, monitor)).rowCount, 0);
      await setDays(admin, monitor, null);
      assert.equal((await settings(admin, monitor)).daysInForce, 365);
    });
  });
}
