import { standardColumns, standardJsonPaths } from './standard-columns.ts';
import type { TableDefinition } from './table-definition.ts';

const of = (name: string, type: string, description: string) => ({ name, type, description });

/** What was done to the lake's own files: `panther_monitor.public.data_audit`. */
export const dataAudit: TableDefinition = {
  database: 'panther_monitor',
  name: 'data_audit',
  logType: null,
  displayName: 'data_audit',
  description: 'Each change of the files of the tables: what was loaded, merged, made anew or removed.',
  columns: [
    of('table_name', 'VARCHAR', 'The table, as `panther_logs.panther_audit`.'),
    of('operation', 'VARCHAR', 'LOAD, MERGE, REPLACE (rows made anew), RESTORE or REMOVE.'),
    of('rows_added', 'BIGINT', 'Rows in the files added.'),
    of('rows_removed', 'BIGINT', 'Rows in the files removed.'),
    of('bytes_added', 'BIGINT', 'Size of the files added.'),
    of('bytes_removed', 'BIGINT', 'Size of the files removed.'),
    of('files_added', 'VARCHAR[]', 'The files added.'),
    of('files_removed', 'VARCHAR[]', 'The files removed.'),
    of(
      'next_index',
      'BIGINT',
      'The ledger index, or position of a row, that the table waits for since then.',
    ),
    ...standardColumns,
  ],
  jsonPaths: standardJsonPaths,
};

/** What was wrong with the instance itself: `panther_monitor.public.system_errors`. */
export const systemErrors: TableDefinition = {
  database: 'panther_monitor',
  name: 'system_errors',
  logType: null,
  displayName: 'system_errors',
  description: 'Each system error of the instance, once when it is reported and once when it is resolved.',
  columns: [
    of('error_id', 'VARCHAR', 'The same in both rows of an error.'),
    of('event', 'VARCHAR', 'REPORTED or RESOLVED.'),
    of('kind', 'VARCHAR', 'What does not work, as `lake_files`.'),
    of('subject', 'VARCHAR', 'Which of several things of that kind; empty where there is only one.'),
    of('message', 'VARCHAR', 'What was found.'),
    of('reported_at', 'TIMESTAMP', 'When it was found, in UTC.'),
    of('resolved_at', 'TIMESTAMP', 'When it worked again, in UTC; null while it lasts.'),
    ...standardColumns,
  ],
  jsonPaths: standardJsonPaths,
};
