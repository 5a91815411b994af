import { type DamagedFile, type TableDefinition, tableKey } from '@pawprint/lake';
import * as z from 'zod';
import type { RebuildSource } from '../../lake/table-repairs.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import { offsetPage, pageInput } from '../page.ts';
import type { Services } from '../services.ts';
import { visibleTables } from './data-lake-access.ts';

/** A table with how its files are. */
export interface TableState extends TableDefinition {
  readonly damagedFiles: readonly DamagedFile[];
  /** Where the rows of damaged files come back from; null if from nowhere. */
  readonly rebuildSource: RebuildSource | null;
  /** From 0 to 1; null while it is not being rebuilt. */
  readonly rebuildProgress: number | null;
}

/** A database of the lake with the tables the caller may see. */
interface Database {
  readonly name: string;
  readonly description: string;
  readonly tables: readonly TableDefinition[];
}

export const listDatabases = defineRead({
  name: 'LIST_DATA_LAKE_DATABASES',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({}),
  run: ({ services, caller }) =>
    Promise.all(databases(services, caller).map((database) => withState(services, database))),
});

export const getDatabase = defineRead({
  name: 'GET_DATA_LAKE_DATABASE',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ name: z.string().max(256) }),
  run: async ({ services, caller }, { name }) =>
    withState(services, requireDatabase(services, caller, name, 'name')),
});

export const listTables = defineRead({
  name: 'LIST_DATA_LAKE_TABLES',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ input: z.strictObject({ databaseName: z.string().max(256), ...pageInput }) }),
  async run({ services, caller }, { input }) {
    const database = requireDatabase(services, caller, input.databaseName, 'input.databaseName');
    const { tables } = await withState(services, database);
    return offsetPage(tables, input.pageSize ?? 25, input.cursor);
  },
});

export const getTable = defineRead({
  name: 'GET_DATA_LAKE_TABLE',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z.strictObject({ databaseName: z.string().max(256), tableName: z.string().max(256) }),
  }),
  run: async ({ services, caller }, { input }) =>
    stateOf(services, requireTable(services, caller, input.databaseName, input.tableName, 'input')),
});

/** @param field of the names in the input. @throws ActionError NOT_FOUND, also for a table that the caller may not read. */
export function requireTable(
  services: Services,
  caller: Caller,
  databaseName: string,
  tableName: string,
  field: string,
): TableDefinition {
  const { tables } = requireDatabase(services, caller, databaseName, `${field}.databaseName`);
  const table = tables.find(({ name }) => name === tableName.toLowerCase());
  if (table !== undefined) return table;
  throw new ActionError('NOT_FOUND', `There is no table ${tableName}, or you may not read it`, {
    field: `${field}.tableName`,
  });
}

/** A table that has files. @throws ActionError NOT_FOUND as `requireTable` does; CONFLICT for a view. */
export function requireStoredTable(
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

async function withState(services: Services, database: Database) {
  return {
    ...database,
    tables: await Promise.all(database.tables.map((table) => stateOf(services, table))),
  };
}

async function stateOf({ tableRepairs }: Services, table: TableDefinition): Promise<TableState> {
  const key = tableKey(table);
  return {
    ...table,
    damagedFiles: await tableRepairs.damagedFiles(key),
    rebuildSource: tableRepairs.source(key) ?? null,
    rebuildProgress: tableRepairs.progress(key) ?? null,
  };
}

const descriptions: ReadonlyMap<string, string> = new Map([
  ['panther_logs', 'Events of the log sources'],
  ['panther_rule_matches', 'Events in alerts'],
  ['panther_rule_errors', 'Events on which a detection failed'],
  ['panther_signals', 'Events that a detection matched'],
  ['panther_monitor', 'What the lake does with its own files, and what was wrong with the instance'],
  ['panther_views', 'Several tables as one'],
]);

function databases(services: Services, caller: Caller): readonly Database[] {
  return [...descriptions].map(([name, description]) => ({
    name,
    description,
    tables: visibleTables(services.lakeTables, caller).filter(({ database }) => database === name),
  }));
}

/** Panther's names carry `.public` on one of its engines; both forms are understood. */
function requireDatabase(services: Services, caller: Caller, name: string, field: string): Database {
  const plain = name.toLowerCase().replace(/\.public$/, '');
  const database = databases(services, caller).find((candidate) => candidate.name === plain);
  if (database === undefined) throw new ActionError('NOT_FOUND', `There is no database ${name}`, { field });
  return database;
}
