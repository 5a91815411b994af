import * as z from 'zod';
import { systemErrorKinds } from '../../system-errors/system-error-kinds.ts';
import { defineChange } from '../action.ts';

/** Puts on record what the instance finds wrong with itself. */
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
  async run({ transactor, now, services }, { kind, subject, message, isOver }) {
    await transactor
      .insertInto('system_errors')
      .values({
        id: services.newId(),
        kind,
        subject,
        message,
        reported_at: now,
        resolved_at: isOver ? now : null,
      })
      .execute();
  },
});
