import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '@pawprint/server';
import { startTestInstance, type TestInstance } from '@pawprint/testing';

const minuteMs = 60_000;

/** A clock that a test moves on; it stands still between the moves, but for real time passing. */
function movableClock() {
  let aheadMs = 0;
  const clock: Clock = {
    epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
  };
  return { clock, move: (ms: number) => (aheadMs += ms) };
}

interface Run {
  readonly id: string;
  readonly status: string;
  readonly message: string;
  readonly name: string;
  readonly isScheduled: boolean;
  readonly scheduledFor: string;
  readonly attempt: number;
  readonly rowCount: number | null;
  readonly issuedBy: unknown;
}

async function save({ admin }: TestInstance, input: Record<string, unknown>): Promise<string> {
  const { createSavedQuery } = await admin.ask<{ createSavedQuery: { query: { id: string } } }>(
    'mutation ($input: CreateSavedQueryInput!) { createSavedQuery(input: $input) { query { id } } }',
    { input },
  );
  return createSavedQuery.query.id;
}

/** The runs of a saved query, the newest first. */
async function runsOf({ admin }: TestInstance, savedQueryId: string): Promise<readonly Run[]> {
  const { dataLakeQueries } = await admin.ask<{ dataLakeQueries: { edges: { node: Run }[] } }>(
    `query ($input: DataLakeQueriesInput) { dataLakeQueries(input: $input) { edges { node {
      id status message name isScheduled scheduledFor attempt rowCount issuedBy { __typename }
    } } } }`,
    { input: { savedQueryId } },
  );
  return dataLakeQueries.edges.map(({ node }) => node);
}

async function rowsOf({ admin }: TestInstance, id: string) {
  const { dataLakeQuery } = await admin.ask<{
    dataLakeQuery: { results: { edges: { node: Record<string, unknown> }[] } | null };
  }>('query ($id: ID!) { dataLakeQuery(id: $id) { results { edges { node } } } }', { id });
  return dataLakeQuery.results?.edges.map(({ node }) => node);
}

async function openErrors({ admin, instance }: TestInstance) {
  await instance.systemErrors.settled();
  const { systemErrors } = await admin.ask<{
    systemErrors: { kind: string; subject: string; message: string; resolvedAt: string | null }[];
  }>('{ systemErrors { kind subject message resolvedAt } }');
  return systemErrors.filter(({ kind }) => kind === 'scheduled_query');
}

test('a scheduled query runs when it is due, for the time it was due; each run is on record', async () => {
  const { clock, move } = movableClock();
  await using instance = await startTestInstance({ clock });
  const { querySchedule } = instance.instance;
  const id = await save(instance, {
    name: 'Hourly',
    sql: 'SELECT now() AS present',
    schedule: { rateMinutes: 60, timeoutMinutes: 3 },
  });
  await querySchedule.check();
  assert.deepEqual(await runsOf(instance, id), []);

  move(60 * minuteMs);
  const records = await instance.recordsOf(() => querySchedule.check());
  const [run, ...others] = await runsOf(instance, id);
  assert.deepEqual(others, []);
  assert.ok(run);
  const { scheduledFor } = run;
  assert.deepEqual(
    [run.status, run.name, run.isScheduled, run.attempt, run.rowCount, run.issuedBy],
    ['succeeded', 'Hourly', true, 1, 1, null],
  );
  assert.deepEqual(
    records.map(({ actionName, actionDescription, actor, actionParams, actionDetails }) => ({
      ...{ actionName, actionDescription, actor: actor.name, actionParams, actionDetails },
    })),
    [
      {
        actionName: 'EXECUTE_DATA_LAKE_QUERY',
        actionDescription: 'Runs a scheduled query',
        actor: 'System',
        actionParams: {
          dynamic: {},
          static: { savedQueryId: id, scheduledFor, attempt: 1, missedRuns: 0 },
        },
        actionDetails: { queryId: run.id, name: 'Hourly' },
      },
    ],
  );
  // The query's present is when it was due.
  const rows = await rowsOf(instance, run.id);
  assert.deepEqual(rows, [{ present: `${scheduledFor.slice(0, -1).replace('T', ' ')}000` }]);

  await querySchedule.check();
  assert.equal((await runsOf(instance, id)).length, 1);
});

test('of the times that were missed while the instance was down the newest is made good, and the others are told', async () => {
  const { clock, move } = movableClock();
  const first = await startTestInstance({ clock });
  const id = await save(first, { name: 'Often', sql: 'SELECT 1 AS one', schedule: { rateMinutes: 10 } });
  await first.stop();
  move(35 * minuteMs);
  await using second = await startTestInstance({ clock, dataDirectory: first.dataDirectory });
  const records = await second.recordsOf(() => second.instance.querySchedule.check());
  assert.deepEqual(
    records.map(({ actionDetails }) => actionDetails?.missedRuns),
    [2],
  );
  assert.deepEqual(
    (await runsOf(second, id)).map(({ status }) => status),
    ['succeeded'],
  );
});

test('a run that fails is tried again three times, then it is a system error until it works again', async () => {
  const { clock, move } = movableClock();
  await using instance = await startTestInstance({ clock });
  const { querySchedule } = instance.instance;
  const id = await save(instance, {
    name: 'Hungry',
    sql: 'SELECT list(i) AS l FROM range(100000000) AS r(i)',
    schedule: { rateMinutes: 120 },
  });
  move(120 * minuteMs);
  for (const [attempts, waitedMs] of [
    [1, 0],
    [1, 20_000],
    [2, 20_000],
    [3, minuteMs],
    [4, 2 * minuteMs],
  ] as const) {
    assert.deepEqual(await openErrors(instance), []);
    move(waitedMs);
    await querySchedule.check();
    assert.deepEqual(
      (await runsOf(instance, id)).map(({ attempt }) => attempt),
      Array.from({ length: attempts }, (_, at) => attempts - at),
    );
  }
  const [last] = await runsOf(instance, id);
  assert.equal(last?.status, 'failed');
  const message = `The scheduled query Hungry failed: ${last.message}`;
  const error = { kind: 'scheduled_query', subject: 'Hungry', message };
  assert.deepEqual(await openErrors(instance), [{ ...error, resolvedAt: null }]);
  move(60 * minuteMs);
  await querySchedule.check();
  assert.equal((await runsOf(instance, id)).length, 4);

  await instance.admin.ask(
    'mutation ($input: UpdateSavedQueryInput!) { updateSavedQuery(input: $input) { query { id } } }',
    { input: { id, name: 'Hungry', sql: 'SELECT 1 AS one', schedule: { rateMinutes: 120 } } },
  );
  move(120 * minuteMs);
  await querySchedule.check();
  const [after] = await openErrors(instance);
  assert.notEqual(after?.resolvedAt, null);
});

test('a query that can never run is not tried again, and is no fault any more once it is deleted', async () => {
  const { clock, move } = movableClock();
  await using instance = await startTestInstance({ clock });
  const { querySchedule } = instance.instance;
  const id = await save(instance, { name: 'Wrong', sql: 'SELEKT 1', schedule: { cron: '* * * * *' } });
  move(minuteMs);
  await querySchedule.check();
  assert.deepEqual(
    (await openErrors(instance)).map(({ subject, resolvedAt }) => [subject, resolvedAt]),
    [['Wrong', null]],
  );
  assert.equal((await runsOf(instance, id)).length, 1);
  await instance.admin.ask(
    'mutation ($input: DeleteSavedQueryInput!) { deleteSavedQuery(input: $input) { id } }',
    { input: { id } },
  );
  await querySchedule.check();
  const [after] = await openErrors(instance);
  assert.notEqual(after?.resolvedAt, null);
});

test('queries older than the history are removed with their results, and the removal is recorded and counted', async () => {
  const { clock, move } = movableClock();
  await using instance = await startTestInstance({ clock });
  const { querySchedule } = instance.instance;
  const { admin } = instance;
  const { executeDataLakeQuery: old } = await admin.ask<{ executeDataLakeQuery: { id: string } }>(
    'mutation { executeDataLakeQuery(input: { sql: "SELECT 1 AS one" }) { id } }',
  );
  await (await admin.fetch(`/internal/data-lake-queries/${old.id}/stream`)).text();
  assert.deepEqual(await rowsOf(instance, old.id), [{ one: 1 }]);
  move(30 * 24 * 60 * minuteMs - minuteMs);
  await querySchedule.check();
  const signedIn = await instance.signIn('admin@example.com', 'an uncommon pass phrase');
  const token = { ...instance, admin: signedIn };
  assert.deepEqual(await rowsOf(token, old.id), [{ one: 1 }]);
  move(120 * minuteMs);
  const records = await instance.recordsOf(() => querySchedule.check());
  assert.deepEqual(
    records.map(({ actionName, actor, actionDetails }) => [actionName, actor.name, actionDetails]),
    [['REMOVE_EXPIRED_DATA_LAKE_QUERIES', 'System', { removedQueries: 1, removedResults: 0 }]],
  );
  const { errors } = await signedIn.graphql('query ($id: ID!) { dataLakeQuery(id: $id) { id } }', {
    id: old.id,
  });
  assert.equal(errors[0]?.extensions?.code, 'NOT_FOUND');
});
