import { tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { auditLogTable } from '../../lake/lake-loader.ts';
import { readReturningRows } from '../../retention/lake-periods.ts';
import { defineChange } from '../action.ts';
import { requireStoredTable } from './databases.ts';

/**
 * Makes a table whole again that has damaged files. What is missing of the audit log comes back from the ledger, in the
 * background, and so do rows whose time was over under a period that is longer now. No other table has another source: the rows
 * of its damaged files are lost, and the record says which.
 */
export const rebuildTable = defineChange({
  name: 'REBUILD_DATA_LAKE_TABLE',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({ databaseName: z.string().max(256), tableName: z.string().max(256) }),
  }),
  async prepare({ services, caller }, { input }) {
    const table = requireStoredTable(services, caller, input);
    return { table, damaged: await services.tableRepairs.damagedFiles(tableKey(table)) };
  },
  async run({ transactor, now, services, annotate, afterCommit }, _input, { table, damaged }) {
    const key = tableKey(table);
    const isRestored = key === auditLogTable;
    const rows = damaged.reduce((sum, file) => sum + file.rows, 0);
    const returning = await readReturningRows(transactor, key, Date.parse(now));
    annotate.details({
      table: key,
      damagedFiles: damaged.map((file) => ({ path: file.path, rows: file.rows, damage: file.damage })),
      ...(isRestored ? { rowsRestored: rows } : { rowsLost: rows }),
      ...(returning && { removedBefore: returning }),
    });
    afterCommit(() => services.tableRepairs.start(key, returning));
    return { rows, isRestored };
  },
});
