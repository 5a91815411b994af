import { tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { readReturningRows } from '../../retention/lake-periods.ts';
import { defineChange } from '../action.ts';
import { requireStoredTable } from './databases.ts';

/**
 * Makes a table whole again that has damaged files. What is missing of the audit log comes back from the ledger, in the
 * background, and so do rows whose time was over under a period that is longer now. The files of other tables come
 * back as they are if they can be read by now, or else from whole copies in the bucket, if there is one. Otherwise their rows are lost, and
 * the record says which.
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
    const source = services.tableRepairs.source(key);
    const rows = damaged.reduce((sum, file) => sum + file.rows, 0);
    const returning = await readReturningRows(transactor, key, Date.parse(now));
    annotate.details({
      table: key,
      damagedFiles: damaged.map((file) => ({ path: file.path, rows: file.rows, damage: file.damage })),
      [outcomes[source ?? 'NONE']]: rows,
      ...(returning && { removedBefore: returning }),
    });
    afterCommit(() => services.tableRepairs.start(key, returning));
    return { rows, isRestored: source !== undefined };
  },
});

/** What the record says of the rows. Whether a file or its copy is whole shows only when it is read. */
const outcomes = {
  ...{ LEDGER: 'rowsRestored', BUCKET: 'rowsSoughtInBucket' },
  NONE: 'rowsLostUnlessReadable',
} as const;
