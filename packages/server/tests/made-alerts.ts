import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestInstance } from '@pawprint/testing';
import { routeAlert } from '../src/alerts/route-alert.ts';
import { openSqliteStore } from '../src/store/sqlite-store.ts';
import type { AlertRow } from '../src/store/tables.ts';

/** Makes an alert in a running instance's database, as detections do. @returns the row. */
export async function makeAlert(
  { dataDirectory }: Pick<TestInstance, 'dataDirectory'>,
  fields: Partial<AlertRow> = {},
): Promise<AlertRow> {
  const now = new Date().toISOString();
  const alert: AlertRow = {
    id: randomBytes(16).toString('hex'),
    type: 'RULE',
    detection_id: 'Test.Rule',
    detection_version: 3,
    dedup: 'one',
    title: 'Somebody did something',
    severity: 'HIGH',
    description: 'What it means',
    runbook: 'What to do',
    reference: 'https://example.com/reference',
    context: '{"who":"ada"}',
    log_types: '["Panther.Audit"]',
    tags: '["Test"]',
    destinations: null,
    status: 'OPEN',
    assignee_id: null,
    quality: null,
    event_count: 1,
    first_event_at: now,
    last_event_at: now,
    created_at: now,
    updated_at: now,
    updated_by: null,
    ...fields,
  };
  const store = await openSqliteStore(join(dataDirectory, 'pawprint.db'));
  try {
    await store.bookkeep(async (bookkeeper) => {
      await bookkeeper.insertInto('alerts').values(alert).execute();
      const activity = { id: `${alert.id}-made`, alert_id: alert.id, kind: 'CREATED', body: '{}' } as const;
      await bookkeeper
        .insertInto('alert_activities')
        .values({ ...activity, actor: null, created_at: alert.created_at })
        .execute();
      await routeAlert(bookkeeper, alert);
    });
  } finally {
    await store.close();
  }
  return alert;
}
