import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDirectoryStore } from '@pawprint/ledger';
import { erasedText } from '@pawprint/record';
import { administrator, sessionClient, startTestInstance } from '@pawprint/testing';
import { checkLog } from '@pawprint/verifier';
import { tracesIn } from './erasure-traces.ts';
import { ask } from './lake-query.ts';
import { address as addressOf, run } from './running-program.ts';

const erasing = 'mutation ($input: EraseDataSubjectInput!) { eraseDataSubject(input: $input) { id } }';
/** TEST_ERASURES=50 is for longer looks. */
const people = Number(process.env.TEST_ERASURES ?? 6);

test('killed at any moment of an erasure, the next start finishes it', async (t) => {
  await using first = await startTestInstance();
  const { admin, dataDirectory } = first;
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  const persons: { id: string; email: string }[] = [];
  for (let made = 0; made < people; made += 1) {
    const person = await first.userWith(['UserRead']);
    const fields = Array.from({ length: 20 }, (_, at) => `f${at}: users { id }`).join(' ');
    for (let n = 0; n < 10; n += 1) await person.ask(`{ ${fields} }`);
    await admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', { id: person.id });
    persons.push(person);
  }
  await first.instance.settled();
  await ask(admin, 'SELECT * FROM panther_logs.public.panther_audit');
  await first.stop();

  let unfinished = 0;
  for (const { id } of persons) {
    const program = run({ PAWPRINT_DATA_DIR: dataDirectory });
    const address = await addressOf(program);
    const { email, password } = administrator;
    const signedIn = await sessionClient(address).post('/internal/sign-in', { email, password });
    const client = sessionClient(address, signedIn.headers.get('set-cookie') ?? '');
    const answer = client
      .graphql(erasing, { input: { subject: { kind: 'USER', id } } })
      .catch(() => undefined);
    await delay(Math.random() * 400);
    program.child.kill('SIGKILL');
    assert.equal(await program.ended, 'SIGKILL', program.said.error);
    const acknowledged = (await answer)?.status === 200;
    if (!acknowledged) unfinished += 1;
  }
  t.diagnostic(`${people - unfinished} of ${people} erasures were acknowledged before the kill`);

  await using last = await startTestInstance({ dataDirectory });
  for (const { id } of persons) {
    const { errors } = await last.admin.graphql(erasing, { input: { subject: { kind: 'USER', id } } });
    const code = errors[0]?.extensions?.code;
    assert(code === undefined || code === 'CONFLICT', String(code));
  }
  await last.instance.settled();
  const { erasures } = await last.admin.ask<{
    erasures: readonly { subjectId: string; completedAt: string | null; records: number }[];
  }>('{ erasures { subjectId completedAt records } }');
  assert.deepEqual(new Set(erasures.map(({ subjectId }) => subjectId)), new Set(persons.map(({ id }) => id)));
  for (const { completedAt, records } of erasures) {
    assert(completedAt !== null);
    assert(records > 200, `${records} records`);
  }
  const emails = persons.map(({ email }) => email);
  const rows = JSON.stringify(
    await ask(
      last.admin,
      'SELECT DISTINCT actor, actionParams, p_any_emails FROM panther_logs.public.panther_audit',
    ),
  );
  const counted = await ask(
    last.admin,
    'SELECT count(*) AS n, count(DISTINCT p_ledger_index) AS d FROM panther_logs.public.panther_audit',
  );
  assert.deepEqual(counted[0]?.n, counted[0]?.d, 'no row twice');
  assert.deepEqual(
    emails.filter((email) => rows.includes(email)),
    [],
  );
  assert(rows.includes(erasedText));
  assert.deepEqual(await tracesIn(dataDirectory, emails), []);
  const vkey = (await (await fetch(`${last.address}/ledger/vkey`)).text()).trim();
  const reader = await openDirectoryStore(join(dataDirectory, 'ledger'));
  await checkLog({ reader, vkey, sha256: (data) => hash('sha256', data, 'buffer') });
});
