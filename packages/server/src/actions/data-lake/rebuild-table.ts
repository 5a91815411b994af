import { type TableDefinition, tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { auditLogTable } from '../../lake/lake-loader.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { requireTable } from './databases.ts';

/**
 * Makes a table whole again that has damaged files. What is missing of the audit log comes back from the ledger, in the
 * background. No other table has another source: the rows of its damaged files are lost, and the record says which.
 */
export const rebuildTable = defineChange({
  name: 'REBUILD_DATA_LAKE_TABLE',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({ databaseName: z.string().max(256), tableName: z.string().max(256) }),
  }),
  async prepare({ services, caller }, { input }) {
    const table = storedTable(services, caller, input);
    return { table, damaged: await services.tableRepairs.damagedFiles(tableKey(table)) };
  },
  async run({ services, annotate, afterCommit }, _input, { table, damaged }) {
    const key = tableKey(table);
    const isRestored = key === auditLogTable;
    const rows = damaged.reduce((sum, file) => sum + file.rows, 0);
    annotate.details({
      table: key,
      damagedFiles: damaged.map((file) => ({ path: file.path, rows: file.rows, damage: file.damage })),
      ...(isRestored ? { rowsRestored: rows } : { rowsLost: rows }),
    });
    afterCommit(() => services.tableRepairs.start(key));
    return { rows, isRestored };
  },
});

function storedTable(
  services: Services,
  caller: Caller,
  { databaseName, tableName }: { readonly databaseName: string; readonly tableName: string },
): TableDefinition {
  const table = requireTable(services, caller, databaseName, tableName, 'input');
  if (table.unites === undefined) return table;
  throw new ActionError('CONFLICT', `${tableName} is a view: it has no files of its own`, {
    field: 'input.tableName',
  });
}
