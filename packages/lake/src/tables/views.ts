import { identifier, literal } from '../sql/quoting.ts';
import { isJson } from './standard-columns.ts';
import { type Column, type TableDefinition, tableKey } from './table-definition.ts';

const tableColumn: Column = { name: 'p_table', type: 'VARCHAR', description: 'The table the row is of.' };

const eventColumn: Column = { name: 'event', type: 'JSON', description: 'The whole row.' };

/** Views over several databases' tables: the standard columns that all of them have, and each row whole as JSON. */
export function views(tables: readonly TableDefinition[]): readonly TableDefinition[] {
  const view = (name: string, description: string, databases: readonly string[]): TableDefinition => {
    const united = tables.filter(({ database }) => databases.includes(database));
    const columns = [...sharedColumns(united), tableColumn, eventColumn];
    return {
      database: 'panther_views',
      name,
      logType: null,
      displayName: name,
      description,
      columns,
      jsonPaths: columns.filter(isJson).map(({ name }) => [name]),
      unites: united.map(tableKey),
    };
  };
  const matches = 'panther_rule_matches';
  const errors = 'panther_rule_errors';
  return [
    view('all_logs', 'Events of all log types.', ['panther_logs']),
    view('all_rule_matches', 'Events of all log types in alerts.', [matches]),
    view('all_rule_errors', 'Events of all log types on which a detection failed.', [errors]),
    view('all_databases', 'Rows of all the above and of signals.', [
      ...['panther_logs', matches, errors, 'panther_signals'],
    ]),
  ];
}

function sharedColumns([first, ...others]: readonly TableDefinition[]): readonly Column[] {
  const isShared = ({ name, type }: Column): boolean =>
    name.startsWith('p_') &&
    others.every(({ columns }) => columns.some((column) => column.name === name && column.type === type));
  return first?.columns.filter(isShared) ?? [];
}

/** Whether a view shows a column as its tables have it. */
export function isOfTables({ name }: Column): boolean {
  return name !== tableColumn.name && name !== eventColumn.name;
}

/** SQL that reads a view through those of its tables that there are. */
export function selectUnited(view: TableDefinition, tables: readonly TableDefinition[]): string {
  const shared = view.columns.filter(isOfTables);
  const names = shared.map(({ name }) => identifier(name));
  const selects = tables.map((table) => {
    const from = `${identifier(table.database)}.public.${identifier(table.name)}`;
    return `SELECT ${names.join(', ')}, ${literal(tableKey(table))} AS p_table, to_json(whole) AS event FROM ${from} AS whole`;
  });
  return selects.join(' UNION ALL ');
}
