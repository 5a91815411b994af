import { LakeError } from '../lake-error.ts';
import { detectionTables } from './detection-tables.ts';
import { dataAudit, systemErrors } from './monitor-tables.ts';
import { pantherAudit } from './panther-audit.ts';
import { checkOpened, pantherAuditRows } from './panther-audit-rows.ts';
import { type LoadContext, type Row, type TableDefinition, tableKey } from './table-definition.ts';
import { views } from './views.ts';

interface LoadableTable {
  readonly definition: TableDefinition;
  /** Of a table that is made from the ledger. */
  readonly ofEntries?: {
    /** @returns what makes the row of each entry, or throws RecordError. */
    rows(context: Omit<LoadContext, 'ledgerIndex'>): (entry: Uint8Array, ledgerIndex: number) => Row;
    /** @throws RecordError for an entry of which the row can't be read. */
    check(entry: Uint8Array): void;
  };
}

const loadable: readonly LoadableTable[] = [
  { definition: pantherAudit, ofEntries: { rows: pantherAuditRows, check: checkOpened } },
  ...[...detectionTables(pantherAudit), dataAudit, systemErrors].map((definition) => ({ definition })),
];

/** Every table that has files. */
export const storedTables: readonly TableDefinition[] = loadable.map(({ definition }) => definition);

/** Every table that queries can name. */
export const tableDefinitions: readonly TableDefinition[] = [...storedTables, ...views(storedTables)];

/** The table of the log that another table's rows are events of: itself, if it is made from the ledger. @throws LakeError `unknown_table` */
export function logTableOf({ logType }: TableDefinition): TableDefinition {
  const log = loadable.find(
    ({ definition, ofEntries }) => ofEntries !== undefined && definition.logType === logType,
  );
  if (log === undefined)
    throw new LakeError('unknown_table', `nothing of ${logType} is made of ledger entries`);
  return log.definition;
}

/** The table of a log and those made of its rows, by their keys. @throws LakeError `unknown_table` */
export function tablesOfLog(log: string): readonly string[] {
  const { logType } = tableByKey(log).definition;
  return storedTables.filter((table) => table.logType === logType).map(tableKey);
}

/** @throws LakeError `unknown_table`, also for a view. */
export function tableByKey(key: string): LoadableTable {
  const table = loadable.find(({ definition }) => tableKey(definition) === key);
  if (table === undefined) throw new LakeError('unknown_table', `there is no table ${key}`);
  return table;
}
