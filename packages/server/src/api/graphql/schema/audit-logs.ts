import { actionResultSchema } from '@pawprint/record';
import { countAuditLogs } from '../../../actions/audit-log/count-audit-logs.ts';
import { getAuditLog } from '../../../actions/audit-log/get-audit-log.ts';
import { listAuditLogs } from '../../../actions/audit-log/list-audit-logs.ts';
import type { HistoryEntry } from '../../../followers/history.ts';
import type { Bucket } from '../../../search/histogram.ts';
import type { ValueCount } from '../../../search/record-counts.ts';
import type { CountedRecords, NamedActorCount } from '../../../search/record-search.ts';
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

const fieldOperatorEnum = builder.enumType('AuditLogFieldOperator', {
  values: {
    EQUALS: { description: 'The whole text of the field' },
    CONTAINS: { description: 'A part of it, in any letter case' },
    EXISTS: { description: 'The field is there, with any value' },
  } as const,
});

const fieldInput = builder.inputType('AuditLogFieldInput', {
  fields: (t) => ({
    path: t.string({
      required: true,
      description: 'Such as `actionParams.dynamic.input.ids[*]`, where `[*]` is any item of a list',
    }),
    operator: t.field({ type: fieldOperatorEnum, defaultValue: 'EQUALS' }),
    value: t.string(),
  }),
});

type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** What every search of the records is narrowed by. */
const filterFields = (t: InputFields) => ({
  actorId: t.string(),
  actorName: t.string({
    description: "A part of the actor's name or e-mail address, in any letter case",
  }),
  actionName: t.stringList(),
  actionResult: t.field({ type: [actionResultEnum] }),
  sourceIP: t.string({ description: 'An address or a CIDR block' }),
  timestampAfter: t.field({ type: 'DateTime' }),
  timestampBefore: t.field({ type: 'DateTime' }),
  text: t.string({
    description: 'Words that all stand somewhere in the record, in any letter case; "…" for several in a row',
  }),
  userAgent: t.string({ description: 'A part of the name of the client software, in any letter case' }),
  fields: t.field({ type: [fieldInput], description: 'What single fields have to be' }),
});

queryField('auditLogs', {
  action: listAuditLogs,
  type: connection('AuditLog', auditLogEntryRef),
  args: optionalInput(
    builder.inputType('AuditLogsInput', {
      fields: (t) => ({ ...filterFields(t), pageSize: t.int({ defaultValue: 50 }), cursor: t.string() }),
    }),
  ),
  description: 'Searches the audit records, newest first',
  audience: 'public',
});

const bucketRef = builder.objectRef<Bucket>('AuditLogBucket').implement({
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime' }),
    succeeded: t.field({ type: 'Long', resolve: ({ counts }) => counts.SUCCEEDED }),
    failed: t.field({ type: 'Long', resolve: ({ counts }) => counts.FAILED }),
    partiallyFailed: t.field({ type: 'Long', resolve: ({ counts }) => counts.PARTIALLY_FAILED }),
  }),
});

const valueCountRef = builder.objectRef<ValueCount>('AuditLogValueCount').implement({
  fields: (t) => ({
    value: t.exposeString('value'),
    count: t.expose('count', { type: 'Long' }),
  }),
});

const actorCountRef = builder.objectRef<NamedActorCount>('AuditLogActorCount').implement({
  fields: (t) => ({
    id: t.exposeString('value'),
    name: t.exposeString('name', { nullable: true }),
    count: t.expose('count', { type: 'Long' }),
  }),
});

const countsRef = builder.objectRef<CountedRecords>('AuditLogCounts').implement({
  fields: (t) => ({
    total: t.expose('total', { type: 'Long' }),
    begin: t.expose('begin', {
      type: 'Long',
      description: 'The first index in the ledger whose record was not removed when its time was over',
    }),
    end: t.expose('end', { type: 'Long', description: 'The first index in the ledger that is not counted' }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'False where there was no time to count the oldest records',
    }),
    intervalSeconds: t.expose('intervalSeconds', { type: 'Long', description: 'The length of each bucket' }),
    buckets: t.field({ type: [bucketRef], resolve: ({ buckets }) => buckets }),
    actions: t.field({ type: [valueCountRef], resolve: ({ actions }) => actions }),
    results: t.field({ type: [valueCountRef], resolve: ({ results }) => results }),
    actors: t.field({ type: [actorCountRef], resolve: ({ actors }) => actors }),
    sourceIPs: t.field({ type: [valueCountRef], resolve: ({ sourceIPs }) => sourceIPs }),
  }),
});

queryField('auditLogCounts', {
  action: countAuditLogs,
  type: countsRef,
  args: optionalInput(
    builder.inputType('AuditLogCountsInput', {
      fields: (t) => ({
        ...filterFields(t),
        bucketsMax: t.int({ defaultValue: 100, description: 'How many buckets of time there may be' }),
        top: t.int({ defaultValue: 10, description: 'How many of the most frequent values of each kind' }),
      }),
    }),
  ),
  description: 'Counts the audit records that match, by time, action, result, actor and address',
  audience: 'public',
});

queryField('auditLog', {
  action: getAuditLog,
  type: auditLogEntryRef,
  args: builder.args((t) => ({ index: t.field({ type: 'Long', required: true }) })),
  description: 'Fetches one audit record',
  audience: 'public',
});
