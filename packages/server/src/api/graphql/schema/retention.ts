import { createLegalHold } from '../../../actions/retention/create-legal-hold.ts';
import {
  getLakeRetentionSettings,
  updateLakeRetentionSettings,
} from '../../../actions/retention/lake-retention-settings.ts';
import { listLegalHolds } from '../../../actions/retention/list-legal-holds.ts';
import { releaseLegalHold } from '../../../actions/retention/release-legal-hold.ts';
import {
  getRetentionSettings,
  updateRetentionSettings,
} from '../../../actions/retention/retention-settings.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { idInput, input, payload } from './payload.ts';

const retentionSettingsRef = builder
  .objectRef<Output<typeof getRetentionSettings>>('RetentionSettings')
  .implement({
    fields: (t) => ({
      days: t.exposeInt('days', { description: 'For how long records are kept at least' }),
      firstIndex: t.expose('firstIndex', {
        type: 'Long',
        description: 'Ledger index of the first record that is kept; those before it were removed',
      }),
      firstRecordAt: t.expose('firstRecordAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the first record that is kept was made, as far as it is known yet',
      }),
      recordCount: t.expose('recordCount', { type: 'Long', description: 'Records that are kept' }),
      ledgerBytes: t.expose('ledgerBytes', {
        type: 'Long',
        nullable: true,
        description: 'What the ledger takes on the disk, as of the last hour; null when it is kept elsewhere',
      }),
      recordsToLock: t.expose('recordsToLock', {
        type: 'Long',
        nullable: true,
        description:
          'Records whose locks in the object store are still to be changed; null where there are no locks',
      }),
    }),
  });

const lakeRetentionRef = builder
  .objectRef<Output<typeof getLakeRetentionSettings>[number]>('DataLakeTableRetention')
  .implement({
    description: 'For how long rows of a table of the data lake are kept, and what is kept of them',
    fields: (t) => ({
      databaseName: t.exposeString('databaseName'),
      tableName: t.exposeString('tableName'),
      days: t.exposeInt('days', { nullable: true, description: 'As it was set; null for the default' }),
      daysInForce: t.exposeInt('daysInForce', {
        description:
          'Rows that are older go, file by file: a file stays until the last of its rows is past its time',
      }),
      daysMax: t.exposeInt('daysMax', { description: 'The most that can be set' }),
      rowCount: t.expose('rowCount', { type: 'Long', description: 'Rows that are kept' }),
      bytes: t.expose('bytes', { type: 'Long', description: 'What they take on the disk' }),
      firstRowAt: t.expose('firstRowAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the event of the first row that is kept happened; null while there is none',
      }),
      removedBefore: t.expose('removedBefore', {
        type: 'DateTime',
        nullable: true,
        description: 'Rows were removed, all of events before this time; null if none were',
      }),
      isRestorable: t.exposeBoolean('isRestorable', {
        description:
          'Whether `rebuildDataLakeTable` would bring removed rows back, as the period is longer now',
      }),
    }),
  });

const legalHoldRef = builder.objectRef<Output<typeof listLegalHolds>[number]>('LegalHold').implement({
  description: 'A range of the ledger that is kept beyond its time',
  fields: (t) => ({
    id: t.exposeID('id'),
    from: t.expose('from', { type: 'Long', description: 'Ledger index of the first record that is held' }),
    to: t.expose('to', {
      type: 'Long',
      nullable: true,
      description: 'Ledger index of the last one; null for all that are made while the hold is in force',
    }),
    reason: t.exposeString('reason'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy', { nullable: true, description: '`USER:` or `TOKEN:` and an id' }),
    releasedAt: t.expose('releasedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null while the hold is in force',
    }),
    releasedBy: t.exposeString('releasedBy', { nullable: true }),
  }),
});

queryField('retentionSettings', {
  action: getRetentionSettings,
  type: retentionSettingsRef,
  description: 'Fetches how long records are kept',
  audience: 'public',
});

mutationField('updateRetentionSettings', {
  action: updateRetentionSettings,
  type: payload('UpdateRetentionSettingsOutput', 'retentionSettings', retentionSettingsRef),
  args: input(
    builder.inputType('UpdateRetentionSettingsInput', {
      fields: (t) => ({
        days: t.int({
          required: true,
          description: 'A longer period holds at once for all records, a shorter one for new records alone',
        }),
      }),
    }),
  ),
  description: 'Changes how long records are kept',
  audience: 'public',
});

queryField('dataLakeRetentionSettings', {
  action: getLakeRetentionSettings,
  type: [lakeRetentionRef],
  description: 'Fetches how long rows of the data lake are kept, table by table',
  audience: 'public',
});

mutationField('updateDataLakeRetentionSettings', {
  action: updateLakeRetentionSettings,
  type: payload('UpdateDataLakeRetentionSettingsOutput', 'tableRetention', lakeRetentionRef),
  args: input(
    builder.inputType('UpdateDataLakeRetentionSettingsInput', {
      fields: (t) => ({
        databaseName: t.string({ required: true }),
        tableName: t.string({ required: true }),
        days: t.int({
          description:
            'Holds at once for all rows; null or left out for as long as the ledger keeps its records, in panther_monitor for a year',
        }),
      }),
    }),
  ),
  description: 'Changes how long rows of a table of the data lake are kept',
  audience: 'public',
});

queryField('legalHolds', {
  action: listLegalHolds,
  type: [legalHoldRef],
  description: 'Lists the legal holds, those in force first',
  audience: 'public',
});

mutationField('createLegalHold', {
  action: createLegalHold,
  type: payload('CreateLegalHoldOutput', 'legalHold', legalHoldRef),
  args: input(
    builder.inputType('CreateLegalHoldInput', {
      fields: (t) => ({
        from: t.field({ type: 'Long', required: true }),
        to: t.field({ type: 'Long', description: 'Included; left out for a hold without an end' }),
        reason: t.string({ required: true }),
      }),
    }),
  ),
  description: 'Keeps a range of records beyond their time',
  audience: 'public',
});

mutationField('releaseLegalHold', {
  action: releaseLegalHold,
  type: payload('ReleaseLegalHoldOutput', 'legalHold', legalHoldRef),
  args: input(idInput('ReleaseLegalHoldInput')),
  description: 'Lets a range of records go when its time is over',
  audience: 'public',
});
