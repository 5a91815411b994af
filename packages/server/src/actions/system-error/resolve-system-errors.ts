import * as z from 'zod';
import { addLakeRows } from '../../lake/lake-rows.ts';
import { systemErrorRow, systemErrorsTable } from '../../lake/system-error-rows.ts';
import { systemErrorKinds } from '../../system-errors/system-error-kinds.ts';
import { defineChange } from '../action.ts';

/** Puts on record that what was wrong works again. */
export const resolveSystemErrors = defineChange({
  name: 'RESOLVE_SYSTEM_ERROR',
  requires: 'system',
  input: z.strictObject({ kind: z.enum(systemErrorKinds), subject: z.string() }),
  neededOnFullDisk: true,
  async run({ transactor, now, services, annotate, afterCommit }, { kind, subject }) {
    const resolved = await transactor
      .updateTable('system_errors')
      .set({ resolved_at: now })
      .where('kind', '=', kind)
      .where('subject', '=', subject)
      .where('resolved_at', 'is', null)
      .returningAll()
      .execute();
    const rows = resolved.map((error) =>
      systemErrorRow('RESOLVED', error, services.newId().replaceAll('-', '')),
    );
    await addLakeRows(transactor, systemErrorsTable, rows);
    afterCommit(services.wakeLakeRows);
    annotate.details({
      resolved: resolved.map((row) => ({ message: row.message, reportedAt: row.reported_at })),
    });
  },
});
