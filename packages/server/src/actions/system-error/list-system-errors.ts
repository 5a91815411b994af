import * as z from 'zod';
import type { SystemErrorRow } from '../../store/tables.ts';
import { defineRead } from '../action.ts';

const shownMax = 100;

/** A system error as the API shows it. */
export type SystemError = ReturnType<typeof asSystemError>;

export function asSystemError({ id, kind, subject, message, reported_at, resolved_at }: SystemErrorRow) {
  return { id, kind, subject, message, reportedAt: reported_at, resolvedAt: resolved_at };
}

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
    return rows.map(asSystemError);
  },
});
