import { type TableDefinition, tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { daysInForce, isOfLedger, readLakePeriod, readReturningRows } from '../../retention/lake-periods.ts';
import { currentDays, readRetentionPeriods } from '../../retention/retention-periods.ts';
import type { Reader, Rows } from '../../store/store.ts';
import { defineChange, defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { visibleTables } from '../data-lake/data-lake-access.ts';
import { requireStoredTable } from '../data-lake/databases.ts';
import { daysMax, retentionDays } from './retention-settings.ts';

export const getLakeRetentionSettings = defineRead({
  name: 'GET_DATA_LAKE_RETENTION_SETTINGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run({ reader, services, caller, now }) {
    const stored = visibleTables(services.lakeTables, caller).filter(({ unites }) => unites === undefined);
    return Promise.all(
      stored.map(async (table) => ({
        ...(await settingsOf(reader, table, now)),
        ...(await contentOf(reader, table)),
      })),
    );
  },
});

/** Holds at once for all rows there are. Rows that are gone do not come back by themselves; see docs/decisions/0025. */
export const updateLakeRetentionSettings = defineChange({
  name: 'UPDATE_DATA_LAKE_RETENTION_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({
      databaseName: z.string().max(256),
      tableName: z.string().max(256),
      days: retentionDays.nullish(),
    }),
  }),
  async prepare({ reader, services, caller }, { input }) {
    const table = requireStoredTable(services, caller, input);
    return { table, content: await contentOf(reader, table) };
  },
  async run({ transactor, now, services, annotate, afterCommit }, { input }, { table, content }) {
    const { days = null } = input;
    const before = await settingsOf(transactor, table, now);
    if (days !== null && days > before.daysMax) {
      throw new ActionError(
        'INVALID_INPUT',
        `input.days: must not be more than the ${before.daysMax} days that the ledger keeps its records`,
        { field: 'input.days' },
      );
    }
    await transactor
      .insertInto('lake_retention')
      .values({ table_name: tableKey(table), days, removed_before: null, removed_before_index: null })
      .onConflict((conflict) => conflict.column('table_name').doUpdateSet({ days }))
      .execute();
    const after = await settingsOf(transactor, table, now);
    annotate.details({
      table: tableKey(table),
      before: { days: before.days, daysInForce: before.daysInForce },
      after: { days, daysInForce: after.daysInForce },
    });
    afterCommit(services.retention.wake);
    return { tableRetention: { ...after, ...content } };
  },
});

async function settingsOf(rows: Rows, table: TableDefinition, now: string) {
  const key = tableKey(table);
  const ledgerDays = currentDays(await readRetentionPeriods(rows));
  const { days, removed } = await readLakePeriod(rows, key);
  return {
    databaseName: table.database,
    tableName: table.name,
    days,
    daysInForce: daysInForce(key, days, ledgerDays),
    daysMax: isOfLedger(key) ? ledgerDays : daysMax,
    removedBefore: removed?.before ?? null,
    isRestorable: (await readReturningRows(rows, key, Date.parse(now))) !== undefined,
  };
}

async function contentOf(reader: Reader, table: TableDefinition) {
  const files = await reader
    .selectFrom('lake_files')
    .select(['rows', 'bytes', 'event_time_min'])
    .where('table_name', '=', tableKey(table))
    .execute();
  const firstRowMs = files.map(({ event_time_min }) => Number(event_time_min) / 1_000);
  return {
    rowCount: files.reduce((sum, { rows }) => sum + rows, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    firstRowAt: files.length === 0 ? null : new Date(Math.min(...firstRowMs)).toISOString(),
  };
}
