import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { auditLogLabel, auditLogSource, auditLogTransport, auditLogType } from './audit-log-source.ts';
import { asLogSources, logSourceDetails } from './log-source.ts';

/** Makes the audit log a log source: the lake takes all of the history, then each record as it comes. */
export const enableAuditLogs = defineChange({
  name: 'CREATE_LOG_SOURCE',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({}),
  async run({ transactor, caller, now, services, annotate, afterCommit }) {
    if ((await auditLogSource(transactor)) !== undefined) {
      throw new ActionError('ALREADY_EXISTS', 'The audit logs are enabled already');
    }
    const row = await transactor
      .insertInto('log_sources')
      .values({
        id: services.newId(),
        label: auditLogLabel,
        type: auditLogTransport,
        log_types: JSON.stringify([auditLogType]),
        created_at: now,
        created_by: actorReference(caller),
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ after: logSourceDetails(row) });
    afterCommit(services.wakeLakeLoader);
    const [source] = await asLogSources(transactor, [row], () => null);
    return { source };
  },
});
