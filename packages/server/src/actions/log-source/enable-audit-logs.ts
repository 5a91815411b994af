import { readManagedFiles } from '@pawprint/detections';
import * as z from 'zod';
import { installManagedPack } from '../../detections/managed-pack.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { auditLogLabel, auditLogSource, auditLogTransport, auditLogType } from './audit-log-source.ts';
import { asLogSources, logSourceDetails } from './log-source.ts';

/**
 * Makes the audit log a log source: the lake and detections take all of the history, then each record as it comes. The managed
 * rules are made with it the first time.
 */
export const enableAuditLogs = defineChange({
  name: 'CREATE_LOG_SOURCE',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({}),
  prepare: readManagedFiles,
  async run({ transactor, caller, now, services, annotate, afterCommit }, _, managedFiles) {
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
    await installManagedPack(transactor, managedFiles, now);
    afterCommit(services.wakeLakeLoader);
    afterCommit(services.detectionsChanged);
    const [source] = await asLogSources(transactor, [row], () => null);
    return { source };
  },
});
