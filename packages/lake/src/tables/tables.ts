import { LakeError } from '../lake-error.ts';
import { pantherAudit, pantherAuditRow } from './panther-audit.ts';
import { type LoadContext, type Row, type TableDefinition, tableKey } from './table-definition.ts';

interface LoadableTable {
  readonly definition: TableDefinition;
  readonly toRow: (entry: Uint8Array, context: LoadContext) => Row;
}

const loadable: readonly LoadableTable[] = [{ definition: pantherAudit, toRow: pantherAuditRow }];

/** Every table of the lake. */
export const tableDefinitions: readonly TableDefinition[] = loadable.map(({ definition }) => definition);

/** @throws LakeError `unknown_table`. */
export function tableByKey(key: string): LoadableTable {
  const table = loadable.find(({ definition }) => tableKey(definition) === key);
  if (table === undefined) throw new LakeError('unknown_table', `there is no table ${key}`);
  return table;
}
