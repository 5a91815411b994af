import * as z from 'zod';
import { routeAlert } from '../../alerts/route-alert.ts';
import { addLakeRows } from '../../lake/lake-rows.ts';
import { systemErrorRow, systemErrorsTable } from '../../lake/system-error-rows.ts';
import type { Transactor } from '../../store/store.ts';
import type { AlertRow, SystemErrorRow } from '../../store/tables.ts';
import { systemErrorKinds } from '../../system-errors/system-error-kinds.ts';
import { defineChange } from '../action.ts';

/** Puts on record what the instance finds wrong with itself, and raises an alert for it. */
export const reportSystemError = defineChange({
  name: 'REPORT_SYSTEM_ERROR',
  requires: 'system',
  input: z.strictObject({
    kind: z.enum(systemErrorKinds),
    subject: z.string(),
    message: z.string(),
    /** It is over already, so nothing will resolve it. */
    isOver: z.boolean(),
  }),
  neededOnFullDisk: true,
  async run({ transactor, now, services, afterCommit }, { kind, subject, message, isOver }) {
    const error = await transactor
      .insertInto('system_errors')
      .values({
        id: services.newId(),
        kind,
        subject,
        message,
        reported_at: now,
        resolved_at: isOver ? now : null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await addLakeRows(transactor, systemErrorsTable, [
      systemErrorRow('REPORTED', error, services.newId().replaceAll('-', '')),
    ]);
    await raiseAlert(transactor, error);
    afterCommit(services.alertDeliveries.wake);
    afterCommit(services.wakeLakeRows);
  },
});

const titleLengthMax = 1_000;

async function raiseAlert(transactor: Transactor, error: SystemErrorRow): Promise<void> {
  const { id, kind, subject, message, reported_at: now } = error;
  const alert: AlertRow = {
    id: id.replaceAll('-', ''),
    type: 'SYSTEM_ERROR',
    detection_id: null,
    detection_version: null,
    dedup: `${kind} ${subject}`,
    title: message.slice(0, titleLengthMax),
    severity: 'CRITICAL',
    description: message,
    runbook: '',
    reference: '',
    context: JSON.stringify({ kind, subject }),
    log_types: '[]',
    tags: '[]',
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
  };
  await transactor.insertInto('alerts').values(alert).execute();
  await transactor
    .insertInto('alert_activities')
    .values({ id: id, alert_id: alert.id, kind: 'CREATED', body: '{}', actor: null, created_at: now })
    .execute();
  // One that can't be reached is not told so.
  const unreachable =
    kind === 'alert_delivery'
      ? await transactor
          .selectFrom('destinations')
          .select('id')
          .where('name', '=', subject)
          .executeTakeFirst()
      : undefined;
  await routeAlert(transactor, alert, unreachable?.id);
}
