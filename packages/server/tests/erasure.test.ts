import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDirectoryStore } from '@pawprint/ledger';
import { type AuditRecord, decodeEntry, erasedText } from '@pawprint/record';
import {
  administrator,
  type Client,
  sessionClient,
  startTestInstance,
  type TestInstance,
} from '@pawprint/testing';
import { checkLog, parseTlogProof, parseVerifierKey, type Sha256, verifyTlogProof } from '@pawprint/verifier';
import { parseCidrBlock } from '../src/access/cidr-block.ts';
import { restoreSubjectKeys } from '../src/sealing/key-archive.ts';
import { createKeyWrapper, parseMasterKey } from '../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../src/sealing/subject-keys.ts';
import { openSqliteStore } from '../src/store/sqlite-store.ts';
import { tracesIn } from './erasure-traces.ts';
import { ask } from './lake-query.ts';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');

/** What is found nowhere else by chance. */
const planted = {
  email: 'zebulon.quux@planted.example',
  changedEmail: 'zq2@planted.example',
  givenName: 'Zebulonius',
  familyName: 'Quuxington',
  address: '198.51.100.77',
  storedAddress: '00000000000000000000ffffc633644d',
  userAgent: 'PlantedAgent/7.7',
} as const;

const trustedProxies = [parseCidrBlock('127.0.0.1/32') ?? assert.fail()];
const headers = { 'x-forwarded-for': planted.address, 'user-agent': planted.userAgent };

function erase(client: Client, kind: string, id?: string): Promise<unknown> {
  return client.ask('mutation ($input: EraseDataSubjectInput!) { eraseDataSubject(input: $input) { id } }', {
    input: { subject: { kind, ...(id !== undefined && { id }) } },
  });
}

/** Everything that puts somebody's data on record: done by them, and about them. @returns their id. */
async function leaveTraces({ address, admin, userWith }: TestInstance): Promise<string> {
  const { email, changedEmail, givenName, familyName } = planted;
  const { inviteUser } = await admin.ask<{ inviteUser: { user: { id: string }; invitationLink: string } }>(
    'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id } invitationLink } }',
    { input: { email, givenName, familyName, role: { kind: 'NAME', value: 'Admin' } } },
  );
  const { id } = inviteUser.user;
  const stranger = sessionClient(address);
  const post = (path: string, body: unknown) =>
    stranger.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const [, token] = inviteUser.invitationLink.split('#token=');
  const { password } = administrator;
  assert.equal((await post('/internal/invitation', { token, password })).status, 200);
  assert.equal((await post('/internal/sign-in', { email, password: 'not the one' })).status, 401);
  const response = await post('/internal/sign-in', { email, password });
  const person = sessionClient(address, response.headers.get('set-cookie') ?? '');
  const asPerson = async (query: string) => {
    const answer = await person.fetch('/internal/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    assert.equal(answer.status, 200);
  };
  await asPerson(
    `{ users { id } auditLogs(input: { actorName: "${givenName}", sourceIP: "${planted.address}" }) { edges { node { id } } } }`,
  );
  await asPerson(`{ userByEmail(email: "${email}") { id } nobody: userByEmail(email: "x${email}") { id } }`);
  await asPerson(`mutation { deleteUser(input: { id: "${id}" }) { id } }`);

  await admin.ask('query ($email: String!) { userByEmail(email: $email) { id } }', { email });
  const input = { email, role: { kind: 'NAME', value: 'Analyst' } };
  await admin.graphql('mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id } } }', {
    input,
  });
  await admin.graphql(
    `mutation { inviteUser(input: { email: "${email}", role: { kind: NAME, value: "Analyst" } }) { user { id } } }`,
  );
  for (const mutation of [
    'resetUserPassword(input: { id: $id }) { resetLink }',
    'signOutUserEverywhere(input: { id: $id }) { id }',
  ])
    await admin.ask(`mutation ($id: ID!) { ${mutation} }`, { id });
  const weaker = await userWith(['UserModify']);
  await weaker.graphql('mutation ($ids: [ID!]!) { deleteUsers(input: { ids: $ids }) { ids } }', {
    ids: [id, 'x'],
  });
  await admin.ask('mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { id } } }', {
    input: { id, email: changedEmail, givenName: `${givenName} II` },
  });
  await admin.ask('mutation ($ids: [ID!]!) { deleteUsers(input: { ids: $ids }) { ids } }', { ids: [id] });
  return id;
}

function foundIn(text: string): readonly string[] {
  return Object.values(planted).filter((value) => text.toLowerCase().includes(value.toLowerCase()));
}

/** Two readings of a record: wherever they differ, the later one says "(erased)". */
function assertSameButErased(after: unknown, before: unknown): void {
  if (after === erasedText || typeof before !== 'object' || before === null) {
    assert(after === erasedText || after === before, `${after} was ${before}`);
    return;
  }
  assert(typeof after === 'object' && after !== null);
  assert.deepEqual(Object.keys(after), Object.keys(before));
  for (const [key, value] of Object.entries(before))
    assertSameButErased((after as Record<string, unknown>)[key], value);
}

interface Proven {
  readonly entry: string;
  readonly opened: string;
  readonly proof: string;
}

async function proofs({ admin, instance }: TestInstance): Promise<readonly Proven[]> {
  const indexes = Array.from({ length: instance.ledger.size }, (_, index) => index);
  return Promise.all(
    indexes.map(
      async (index) => (await admin.fetch(`/internal/audit-log/${index}/proof`)).json() as Promise<Proven>,
    ),
  );
}

async function rowsOfLake(client: Client, database = 'panther_logs'): Promise<string> {
  return JSON.stringify(await ask(client, `SELECT * FROM ${database}.public.panther_audit`));
}

/** Runs a rule that names every actor over the past. */
async function backtest(admin: Client): Promise<void> {
  const text = `export default { id: 'Names', logTypes: ['Panther.Audit'], defaultSeverity: 'LOW',
    rule: () => true, title: (event) => event.actor.name ?? '' };`;
  const { createReplay } = await admin.ask<{ createReplay: { replay: { id: string } } }>(
    'mutation ($input: CreateReplayInput!) { createReplay(input: $input) { replay { id } } }',
    { input: { startsAt: '2026-01-01T00:00:00.000Z', files: [{ path: 'names.ts', text }] } },
  );
  for (let state = ''; state !== 'DONE'; await delay(50)) {
    const { replay } = await admin.ask<{ replay: { state: string } }>(
      'query ($id: ID!) { replay(id: $id) { state } }',
      {
        id: createReplay.replay.id,
      },
    );
    state = replay.state;
  }
}

/** Alerts, what detections remember, and what backtests found, as they are in the database. */
function detectedIn({ dataDirectory }: TestInstance): {
  readonly alerts: string;
  readonly remembered: string;
  readonly backtests: string;
} {
  const database = new DatabaseSync(join(dataDirectory, 'pawprint.db'), { readOnly: true });
  const all = (table: string) => JSON.stringify(database.prepare(`select * from ${table}`).all());
  try {
    return { alerts: all('alerts'), remembered: all('detection_cache'), backtests: all('replay_ends') };
  } finally {
    database.close();
  }
}

test('nothing of an erased person is left on the disk, in the lake or in what anybody reads, and all proofs hold', async () => {
  await using instance = await startTestInstance({ trustedProxies });
  const { admin } = instance;
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  const id = await leaveTraces(instance);
  const before = await instance.records();
  assert.deepEqual(foundIn(await rowsOfLake(admin)).length, 6, 'the lake has all of it before');
  const { email, changedEmail, givenName, familyName, address, userAgent } = planted;
  assert.deepEqual(foundIn(JSON.stringify(before)), [
    email,
    changedEmail,
    givenName,
    familyName,
    address,
    userAgent,
  ]);
  assert.notDeepEqual(foundIn(await rowsOfLake(admin, 'panther_rule_matches')), []);
  await backtest(admin);
  const detected = detectedIn(instance);
  assert.notDeepEqual(foundIn(detected.backtests), [], 'a backtest tells of the person before');
  assert.notDeepEqual(foundIn(detected.alerts), [], 'alerts tell of the person before');
  assert.notDeepEqual(foundIn(detected.remembered), [], 'rules remember the person before');
  const proven = await proofs(instance);
  const actorBefore = (
    await admin.ask<{ auditLogs: { edges: unknown[] } }>(
      '{ auditLogs(input: { sourceIP: "198.51.100.0/24" }) { edges { node { id } } } }',
    )
  ).auditLogs.edges;
  assert(actorBefore.length > 3);

  await erase(admin, 'USER', id);
  await instance.instance.settled();

  const after = await instance.records();
  assert.deepEqual(foundIn(JSON.stringify(after.slice(0, before.length))), []);
  for (const [index, record] of before.entries()) assertSameButErased(after[index], record);
  const theirs = after.filter(({ actor }) => actor.id === id);
  assert(theirs.length > 5);
  for (const { actor, sourceIP, userAgent: agent } of theirs) {
    assert.equal(actor.name, erasedText);
    assert.deepEqual(new Set(Object.values(actor.attributes ?? {})), new Set([erasedText]));
    assert.deepEqual([sourceIP, agent], [erasedText, erasedText]);
  }
  assert.deepEqual(foundIn(await rowsOfLake(admin)), []);
  const matches = await rowsOfLake(admin, 'panther_rule_matches');
  assert.deepEqual(foundIn(matches), []);
  assert.match(matches, /"p_dedup":"\(erased\)"/);
  assert.deepEqual(foundIn(await rowsOfLake(admin, 'panther_signals')), []);
  const { alerts, backtests } = detectedIn(instance);
  assert.deepEqual(foundIn(backtests), []);
  assert.equal(JSON.parse(alerts).length >= JSON.parse(detected.alerts).length, true, 'no alert is gone');
  assert.match(alerts, /"title":"\(erased\)"/);
  const found = await admin.ask<{ auditLogs: { edges: unknown[] } }>(
    '{ auditLogs(input: { sourceIP: "198.51.100.0/24" }) { edges { node { id } } } }',
  );
  assert.deepEqual(found.auditLogs.edges, []);
  const results = await readdir(join(instance.dataDirectory, 'results'));
  assert.equal(
    results.filter((name) => name.endsWith('.json')).length,
    3,
    'the results of the queries just run',
  );

  const vkey = (await (await fetch(`${instance.address}/ledger/vkey`)).text()).trim();
  const key = parseVerifierKey(vkey, sha256);
  for (const { entry, proof } of proven)
    await verifyTlogProof({ entry: Buffer.from(entry, 'base64'), proof: parseTlogProof(proof), key, sha256 });
  const again = await proofs(instance);
  for (const [index, { entry }] of proven.entries()) assert.equal(again[index]?.entry, entry);
  const log = await openDirectoryStore(join(instance.dataDirectory, 'ledger'));
  assert((await checkLog({ reader: log, vkey, sha256 })).size > before.length);
  assert.deepEqual(foundIn(JSON.stringify(again.map(({ opened }) => opened))), []);

  assert.deepEqual(await tracesIn(instance.dataDirectory, Object.values(planted)), [], 'while it runs');
  await instance.stop();
  assert.deepEqual(await tracesIn(instance.dataDirectory, Object.values(planted)), [], 'after it stopped');
});

test('strangers are erased together; those who come later are on record again', async () => {
  await using instance = await startTestInstance({ trustedProxies });
  const { admin, address } = instance;
  const signIn = (email: string) =>
    sessionClient(address).post('/internal/sign-in', { email, password: 'not the one' });
  const stranger = async () => (await instance.records()).filter(({ actor }) => actor.id === 'anonymous');
  await signIn('first@planted.example');
  assert.deepEqual(
    (await stranger()).map(({ actor }) => actor.name),
    ['first@planted.example'],
  );
  await erase(admin, 'ANONYMOUS');
  await signIn('second@planted.example');
  assert.deepEqual(
    (await stranger()).map(({ actor, actionParams, sourceIP }) => [actor.name, actionParams, sourceIP]),
    [
      [erasedText, { dynamic: { email: erasedText, password: '(redacted)' }, static: {} }, erasedText],
      [
        'second@planted.example',
        { dynamic: { email: 'second@planted.example', password: '(redacted)' }, static: {} },
        '127.0.0.1',
      ],
    ],
  );
  await erase(admin, 'ANONYMOUS');
  await instance.instance.settled();
  assert.equal((await stranger()).at(-1)?.actor.name, erasedText);
});

test('what a person still does while they are erased is never readable afterwards', async () => {
  await using instance = await startTestInstance();
  const { admin } = instance;
  for (let round = 0; round < 5; round += 1) {
    const user = await instance.userWith(['UserRead']);
    let isOver = false;
    const acting = Array.from({ length: 4 }, async () => {
      while (!isOver) await user.fetch('/internal/session');
    });
    await admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', { id: user.id });
    await erase(admin, 'USER', user.id);
    isOver = true;
    await Promise.all(acting);
    const theirs = (await instance.records()).filter(({ actor }) => actor.id === user.id);
    assert(theirs.length > 1);
    for (const { actor } of theirs) assert.equal(actor.name, erasedText);
    assert(!JSON.stringify(await instance.records()).includes(user.email));
  }
});

async function keptDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pawprint-erasure-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

test('without the master key an instance does not start, as it could not read whom its records name', async (t) => {
  const dataDirectory = await keptDirectory(t);
  const file = join(dataDirectory, 'keys', 'master.key');
  const start = () => startTestInstance({ dataDirectory });
  await (await start()).stop();
  const text = await readFile(file, 'utf8');

  await rm(file);
  await assert.rejects(start(), {
    name: 'MasterKeyError',
    message: `There is no master key in ${file}. Without it everything that identifies people in the ledger is unreadable, as if all had been erased (see SECURITY.md)`,
  });
  await writeFile(file, `${Buffer.alloc(32, 1).toString('base64')}\n`);
  await assert.rejects(start(), {
    name: 'MasterKeyError',
    message: /^The master key in .* is not the one that this database was used with\. /,
  });
  await writeFile(file, 'nonsense');
  await assert.rejects(start(), { name: 'MasterKeyError', message: /does not hold a master key: 32 bytes/ });

  await rm(file);
  const key = parseMasterKey(text) ?? assert.fail();
  const moved = await startTestInstance({ dataDirectory, masterKey: { kind: 'key', key } });
  const records: readonly AuditRecord[] = await moved.records();
  assert(!JSON.stringify(records).includes(erasedText));
  await moved.stop();
});

test('keys are kept beside the ledger, from where a new database has them again, but for those destroyed', async (t) => {
  const dataDirectory = await keptDirectory(t);
  const instance = await startTestInstance({ dataDirectory });
  const user = await instance.userWith(['UserRead']);
  await instance.admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', { id: user.id });
  const before = await instance.records();
  const kept = () => readdir(join(dataDirectory, 'ledger', 'subject-keys'));
  assert.equal((await kept()).length, 2);
  await erase(instance.admin, 'USER', user.id);
  await instance.instance.settled();
  const entries = await instance.instance.ledger.read(0, before.length);
  const records = (await instance.records()).slice(0, before.length);
  await instance.stop();
  assert.equal((await kept()).length, 1);

  const master = parseMasterKey(await readFile(join(dataDirectory, 'keys', 'master.key'), 'utf8'));
  const store = await openSqliteStore(join(await keptDirectory(t), 'pawprint.db'));
  t.after(() => store.close());
  const objects = await openDirectoryStore(join(dataDirectory, 'ledger'));
  assert.equal(await restoreSubjectKeys(objects, store), 1);
  assert.equal(await restoreSubjectKeys(objects, store), 1, 'again changes nothing');
  const keys = new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(master ?? assert.fail()) });
  const opened = await keys.open(entries.map(decodeEntry));
  assert.deepEqual(
    opened.map(({ record }) => record),
    records,
  );
});
