import * as z from 'zod';
import { defineRead } from '../action.ts';

const shownMax = 100;

/** What lasts, then what is over, each newest first. */
export const listSystemErrors = defineRead({
  name: 'LIST_SYSTEM_ERRORS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  async run({ reader }) {
    const rows = await reader
      .selectFrom('system_errors')
      .selectAll()
      .orderBy((eb) => eb.case().when('resolved_at', 'is', null).then(0).else(1).end())
      .orderBy('reported_at', 'desc')
      .limit(shownMax)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      subject: row.subject,
      message: row.message,
      reportedAt: row.reported_at,
      resolvedAt: row.resolved_at,
    }));
  },
});
