import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../src/clock.ts';
import {
  type QueryScheduleOptions,
  type ScheduledResult,
  scheduleQueries,
} from '../src/lake/query-schedule.ts';
import { openSqliteStore } from '../src/store/sqlite-store.ts';

test('the rows of a scheduled run are handed over, page by page, until they are taken, and then no more', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-scheduled-'));
  t.after(() => rm(folder, { recursive: true }));
  const store = await openSqliteStore(join(folder, 'pawprint.db'));
  t.after(() => store.close());
  const at = new Date().toISOString();
  await store.transact(async (transactor, capture) => {
    const of = (id: string, kind: 'scheduled' | 'ad_hoc') => ({
      ...{ id, kind, sql: 'SELECT 1', database_name: 'panther_logs', issued_by: 'SYSTEM' },
      ...{ started_at: at, cancelled_at: null, saved_query_id: 'q', name: 'Q', scheduled_for: at },
    });
    await transactor
      .insertInto('lake_queries')
      .values([of('run', 'scheduled'), of('failed', 'scheduled'), of('somebody', 'ad_hoc')])
      .execute();
    await capture.record('{}');
  });
  await store.bookkeep(async (bookkeeper) => {
    const end = { message: '', completed_at: at, outcome: null };
    await bookkeeper
      .insertInto('lake_query_runs')
      .values([
        { ...end, query_id: 'run', status: 'succeeded' },
        { ...end, query_id: 'failed', status: 'failed' },
        { ...end, query_id: 'somebody', status: 'succeeded' },
      ])
      .execute();
  });

  const taken: [ScheduledResult['name'], string, unknown][] = [];
  const errors: unknown[] = [];
  let fails = true;
  const queries: QueryScheduleOptions['queries'] = {
    results: async (_, { offset }) => ({
      ...{ columns: [], rowCount: 2, bytesScanned: 0, executionTimeMs: 0, warnings: [] },
      ...{ rows: [{ n: offset }], nextOffset: offset === 0 ? 1 : undefined },
    }),
    ended: async () => {},
    surplusResults: async () => [],
    deleteResults: async () => {},
    forgetRemoved: async () => {},
  };
  const schedule = scheduleQueries({
    ...{ store, queries, clock: systemClock },
    // Nothing is due.
    ...({} as Pick<QueryScheduleOptions, 'runner' | 'systemErrors' | 'bySystem'>),
    async onResult({ name, runId, pages }) {
      if (fails) throw new Error('the rules are not there yet');
      const rows = [];
      for await (const page of pages()) rows.push(...page);
      taken.push([name, runId, rows]);
    },
    onError: (error) => errors.push(error),
  });
  t.after(() => schedule.stop());
  await schedule.check();
  assert.deepEqual([taken.length, errors.length], [0, 1]);
  fails = false;
  await schedule.check();
  await schedule.check();
  assert.deepEqual(taken, [['Q', 'run', [{ n: 0 }, { n: 1 }]]]);
});
