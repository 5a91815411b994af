import { type TableDefinition, tableKey } from '@pawprint/lake';
import { personal } from '@pawprint/record';
import * as z from 'zod';
import { parseIpAddress } from '../../access/ip-address.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { visibleTables } from './data-lake-access.ts';
import { startQuery } from './execute-query.ts';

const view = 'panther_views.all_databases';

/** The newest rows found; who wants more narrows the time. */
const rowsMax = 10_000;

/** Means every kind of indicator. */
const anyKind = 'AutoDetectType';

const instant = z.iso.datetime({ offset: true, error: 'not an RFC 3339 date and time' });
const names = z.array(z.string().max(256)).max(100).nullish();

/** Looks for values in the indicator columns of all tables the caller may read. Answered as a query is, with its id. */
export const executeIndicatorSearch = defineChange({
  name: 'EXECUTE_INDICATOR_SEARCH_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z.strictObject({
      indicators: personal(
        z
          .array(z.string().trim().min(1, 'must not be empty').max(256, 'at most 256 characters'))
          .min(1, 'name at least one indicator')
          .max(100, 'at most 100 indicators'),
      ),
      startTime: instant,
      endTime: instant,
      indicatorName: z.string().max(256).nullish(),
      databases: names,
      tables: names,
    }),
  }),
  async run(context, { input }) {
    const { services, caller } = context;
    const { startTime, endTime } = input;
    if (Date.parse(endTime) < Date.parse(startTime)) {
      throw new ActionError('INVALID_INPUT', 'input.endTime: must not be before input.startTime', {
        field: 'input.endTime',
      });
    }
    const columns = indicatorColumns(services, input.indicatorName ?? anyKind);
    const tables = searchedTables(services, caller, input);
    const sql = indicatorSql(input, columns, tables);
    return startQuery(context, { sql, database: 'panther_views', kind: 'indicator_search' });
  },
});

/** The indicator columns of a name such as `p_any_ip_addresses` or `ip_addresses`. @throws ActionError INVALID_INPUT */
function indicatorColumns({ lakeTables }: Services, name: string): readonly string[] {
  const columns = (lakeTables.find((table) => tableKey(table) === view)?.columns ?? [])
    .map((column) => column.name)
    .filter((column) => column.startsWith('p_any_'));
  if (name === anyKind) return columns;
  const column = columns.find(
    (column) => column === name.toLowerCase() || column === `p_any_${name.toLowerCase()}`,
  );
  if (column !== undefined) return [column];
  throw new ActionError(
    'INVALID_INPUT',
    `input.indicatorName: is ${anyKind} or one of ${columns.join(', ')}`,
    {
      field: 'input.indicatorName',
    },
  );
}

/** @throws ActionError NOT_FOUND for a database or table that is not there, or that the caller may not read. */
function searchedTables(
  { lakeTables }: Services,
  caller: Caller,
  {
    databases,
    tables,
  }: { databases?: readonly string[] | null | undefined; tables?: readonly string[] | null | undefined },
): readonly string[] {
  const united = lakeTables.find((table) => tableKey(table) === view)?.unites ?? [];
  const readable = visibleTables(lakeTables, caller).filter((table) => united.includes(tableKey(table)));
  const inDatabases = narrowed(readable, databases, 'databases', ({ database }, name) => database === name);
  const found = narrowed(
    inDatabases,
    tables,
    'tables',
    (table, name) => table.name === name || tableKey(table) === name,
  );
  if (found.length > 0) return found.map(tableKey);
  throw new ActionError('NOT_FOUND', 'There is no table to search that you may read', {
    field: 'input.tables',
  });
}

/** Panther's names carry `.public` on one of its engines; both forms are understood. */
function narrowed(
  tables: readonly TableDefinition[],
  names: readonly string[] | null | undefined,
  field: 'databases' | 'tables',
  isNamed: (table: TableDefinition, name: string) => boolean,
): readonly TableDefinition[] {
  if (!names?.length) return tables;
  const found = names.map((name) => {
    const plain = name.toLowerCase().replace(/\.public(?=\.|$)/, '');
    const its = tables.filter((table) => isNamed(table, plain));
    if (its.length > 0) return its;
    const message = `There is no ${field === 'tables' ? 'table' : 'database'} ${name}, or you may not read it`;
    throw new ActionError('NOT_FOUND', message, { field: `input.${field}` });
  });
  return [...new Set(found.flat())];
}

function indicatorSql(
  { indicators, startTime, endTime }: { indicators: readonly string[]; startTime: string; endTime: string },
  columns: readonly string[],
  tables: readonly string[],
): string {
  const all = columns.map((column) => `coalesce(${column}, [])`).join(', ');
  return `WITH wanted AS (SELECT [${spellings(indicators).map(literal).join(', ')}] AS indicators)
SELECT p_event_time, p_log_type, p_table,
  list_distinct(list_intersect(flatten([${all}]), (SELECT indicators FROM wanted))) AS p_indicators,
  p_row_id, event
FROM ${view}
WHERE p_event_time >= ${timestamp(startTime)} AND p_event_time <= ${timestamp(endTime)}
  AND p_table IN (${tables.map(literal).join(', ')})
  AND (${columns.map((column) => `list_has_any(${column}, (SELECT indicators FROM wanted))`).join('\n    OR ')})
ORDER BY p_event_time DESC
LIMIT ${rowsMax}`;
}

/** As given, in lower case as hashes and domain names are kept, and an address in its normal form. */
function spellings(indicators: readonly string[]): readonly string[] {
  return [
    ...new Set(
      indicators.flatMap((text) => [text, text.toLowerCase(), parseIpAddress(text)?.toString() ?? text]),
    ),
  ];
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function timestamp(text: string): string {
  return `TIMESTAMP '${new Date(text).toISOString().slice(0, 23).replace('T', ' ')}'`;
}
