import { actionResultSchema } from '@pawprint/record';
import { getAuditLog } from '../../../actions/audit-log/get-audit-log.ts';
import { listAuditLogs } from '../../../actions/audit-log/list-audit-logs.ts';
import type { HistoryEntry } from '../../../followers/history.ts';
import { builder, queryField } from '../schema-builder.ts';
import { connection } from './page.ts';
import { optionalInput } from './payload.ts';

const actionResultEnum = builder.enumType('ActionResult', { values: actionResultSchema.options });

const auditLogEntryRef = builder.objectRef<HistoryEntry>('AuditLogEntry').implement({
  description: 'One audit record and its place in the ledger',
  fields: (t) => ({
    index: t.expose('index', { type: 'Long' }),
    id: t.exposeID('id'),
    record: t.expose('record', { type: 'JSON', description: 'Exactly the specified fields' }),
  }),
});

queryField('auditLogs', {
  action: listAuditLogs,
  type: connection('AuditLog', auditLogEntryRef),
  args: optionalInput(
    builder.inputType('AuditLogsInput', {
      fields: (t) => ({
        actorId: t.string(),
        actorName: t.string({
          description: "A part of the actor's name or e-mail address, in any letter case",
        }),
        actionName: t.stringList(),
        actionResult: t.field({ type: [actionResultEnum] }),
        sourceIP: t.string({ description: 'An address or a CIDR block' }),
        timestampAfter: t.field({ type: 'DateTime' }),
        timestampBefore: t.field({ type: 'DateTime' }),
        pageSize: t.int({ defaultValue: 50 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Searches the audit records, newest first',
  audience: 'internal',
});

queryField('auditLog', {
  action: getAuditLog,
  type: auditLogEntryRef,
  args: builder.args((t) => ({ index: t.field({ type: 'Long', required: true }) })),
  description: 'Fetches one audit record',
  audience: 'internal',
});
