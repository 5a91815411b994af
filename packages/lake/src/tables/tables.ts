import { LakeError } from '../lake-error.ts';
import { detectionTables } from './detection-tables.ts';
import { pantherAudit, pantherAuditRow } from './panther-audit.ts';
import { type LoadContext, type Row, type TableDefinition, tableKey } from './table-definition.ts';
import { views } from './views.ts';

interface LoadableTable {
  readonly definition: TableDefinition;
  /** Of a table that is made from the ledger. */
  readonly entryRow?: (entry: Uint8Array, context: LoadContext) => Row;
}

const loadable: readonly LoadableTable[] = [
  { definition: pantherAudit, entryRow: pantherAuditRow },
  ...detectionTables(pantherAudit).map((definition) => ({ definition })),
];

/** Every table that has files. */
export const storedTables: readonly TableDefinition[] = loadable.map(({ definition }) => definition);

/** Every table that queries can name. */
export const tableDefinitions: readonly TableDefinition[] = [...storedTables, ...views(storedTables)];

/** @throws LakeError `unknown_table`, also for a view. */
export function tableByKey(key: string): LoadableTable {
  const table = loadable.find(({ definition }) => tableKey(definition) === key);
  if (table === undefined) throw new LakeError('unknown_table', `there is no table ${key}`);
  return table;
}
