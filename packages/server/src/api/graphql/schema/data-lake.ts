import type { ColumnSummary, DamagedFile, TableDefinition } from '@pawprint/lake';
import { ActionError } from '../../../actions/action-error.ts';
import { cancelQuery } from '../../../actions/data-lake/cancel-query.ts';
import {
  getDatabase,
  getTable,
  listDatabases,
  listTables,
  type TableState,
} from '../../../actions/data-lake/databases.ts';
import { executeIndicatorSearch } from '../../../actions/data-lake/execute-indicator-search.ts';
import { executeQuery } from '../../../actions/data-lake/execute-query.ts';
import { getQuery } from '../../../actions/data-lake/get-query.ts';
import { listFunctions } from '../../../actions/data-lake/list-functions.ts';
import { listQueries } from '../../../actions/data-lake/list-queries.ts';
import type { Query } from '../../../actions/data-lake/query.ts';
import { rebuildTable } from '../../../actions/data-lake/rebuild-table.ts';
import { summarizeQuery } from '../../../actions/data-lake/summarize-query.ts';
import { readCursor } from '../../../actions/page.ts';

import type { QueryResults } from '../../../lake/query-runner.ts';
import { rebuildSources } from '../../../lake/table-repairs.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { connection, pageInfoRef } from './page.ts';
import { idInput, idPayload, input, optionalInput } from './payload.ts';
import { actorRef } from './references.ts';

const columnRef = builder
  .objectRef<TableDefinition['columns'][number]>('DataLakeDatabaseTableColumn')
  .implement({
    fields: (t) => ({
      name: t.exposeString('name'),
      type: t.exposeString('type'),
      description: t.exposeString('description', { nullable: true }),
    }),
  });

const damagedFileRef = builder.objectRef<DamagedFile>('DataLakeDamagedFile').implement({
  fields: (t) => ({
    path: t.exposeString('path'),
    rows: t.expose('rows', { type: 'Long', description: 'Rows that queries do without' }),
    damage: t.exposeString('damage', { description: 'In a word, what is wrong with the file' }),
  }),
});

const rebuildSourceEnum = builder.enumType('DataLakeRebuildSource', {
  description: 'BUCKET as far as the copies of the files there are whole',
  values: rebuildSources,
});

const tableRef = builder.objectRef<TableState>('DataLakeDatabaseTable').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    displayName: t.exposeString('displayName'),
    description: t.exposeString('description'),
    logType: t.exposeString('logType', { nullable: true }),
    columns: t.field({ type: [columnRef], resolve: ({ columns }) => columns }),
    damagedFiles: t.field({
      type: [damagedFileRef],
      description: 'Files that can not be read; queries do without their rows',
      resolve: ({ damagedFiles }) => damagedFiles,
    }),
    rebuildSource: t.expose('rebuildSource', {
      type: rebuildSourceEnum,
      nullable: true,
      description: 'Where the rows of damaged files come back from; null if from nowhere',
    }),
    rebuildProgress: t.exposeFloat('rebuildProgress', {
      nullable: true,
      description: 'From 0 to 1, while the table is rebuilt',
    }),
  }),
});

const databaseRef = builder.objectRef<Output<typeof getDatabase>>('DataLakeDatabase').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    tables: t.field({
      type: [tableRef],
      description: 'Those the caller may see',
      resolve: ({ tables }) => tables,
    }),
  }),
});

queryField('dataLakeDatabases', {
  action: listDatabases,
  type: [databaseRef],
  description: 'Lists the databases of the data lake',
  audience: 'public',
});

queryField('dataLakeDatabase', {
  action: getDatabase,
  type: databaseRef,
  args: builder.args((t) => ({ name: t.string({ required: true }) })),
  description: 'Fetches one database of the data lake',
  audience: 'public',
});

queryField('dataLakeDatabaseTables', {
  action: listTables,
  type: connection('DataLakeDatabaseTable', tableRef),
  args: input(
    builder.inputType('DataLakeDatabaseTablesInput', {
      fields: (t) => ({
        databaseName: t.string({ required: true }),
        pageSize: t.int({ defaultValue: 25 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the tables of a database',
  audience: 'public',
});

queryField('dataLakeDatabaseTable', {
  action: getTable,
  type: tableRef,
  args: input(
    builder.inputType('DataLakeDatabaseTableInput', {
      fields: (t) => ({
        databaseName: t.string({ required: true }),
        tableName: t.string({ required: true }),
      }),
    }),
  ),
  description: 'Fetches one table of a database',
  audience: 'public',
});

const functionRef = builder.objectRef<Output<typeof listFunctions>[number]>('DataLakeFunction').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    kind: t.expose('kind', {
      type: builder.enumType('DataLakeFunctionKind', { values: ['scalar', 'aggregate', 'table'] }),
    }),
  }),
});

queryField('dataLakeFunctions', {
  action: listFunctions,
  type: [functionRef],
  description: 'Lists the functions that queries may use',
  audience: 'internal',
});

mutationField('rebuildDataLakeTable', {
  action: rebuildTable,
  type: builder.objectRef<Output<typeof rebuildTable>>('RebuildDataLakeTablePayload').implement({
    fields: (t) => ({
      rows: t.expose('rows', { type: 'Long', description: 'How many rows the damaged files had' }),
      isRestored: t.exposeBoolean('isRestored', {
        description:
          'Whether they come back, as far as their source has them, which goes on in the background; else they are lost unless their files can be read by now',
      }),
    }),
  }),
  args: input(
    builder.inputType('RebuildDataLakeTableInput', {
      fields: (t) => ({
        databaseName: t.string({ required: true }),
        tableName: t.string({ required: true }),
      }),
    }),
  ),
  description: 'Makes a table of the data lake whole again that has damaged files',
  audience: 'internal',
});

const queryStatusEnum = builder.enumType('DataLakeQueryStatus', {
  values: ['running', 'succeeded', 'failed', 'cancelled'],
});

const queryKindEnum = builder.enumType('DataLakeQueryKind', {
  values: ['ad_hoc', 'scheduled', 'indicator_search'],
});

const resultEdgeRef = builder.objectRef<{ readonly node: unknown }>('DataLakeQueryResultEdge').implement({
  fields: (t) => ({ node: t.expose('node', { type: 'JSON', description: 'One row, by column name' }) }),
});

const columnInfoRef = builder.objectRef<QueryResults['columns']>('DataLakeQueryResultsColumnInfo').implement({
  fields: (t) => ({
    order: t.stringList({ resolve: (columns) => columns.map(({ name }) => name) }),
    types: t.field({
      type: 'JSON',
      description: 'The type of each column by its name',
      resolve: (columns) => Object.fromEntries(columns.map(({ name, type }) => [name, type])),
    }),
  }),
});

const statsRef = builder.objectRef<QueryResults>('DataLakeQueryStats').implement({
  fields: (t) => ({
    bytesScanned: t.expose('bytesScanned', { type: 'Long' }),
    executionTime: t.expose('executionTimeMs', { type: 'Long', description: 'In milliseconds' }),
    rowCount: t.expose('rowCount', { type: 'Long' }),
  }),
});

/** A page of results and where it starts. */
interface ResultsPage {
  readonly results: QueryResults;
  readonly offset: number;
}

const resultsRef = builder.objectRef<ResultsPage>('DataLakeQueryResults').implement({
  fields: (t) => ({
    edges: t.field({
      type: [resultEdgeRef],
      resolve: ({ results }) => results.rows.map((node) => ({ node })),
    }),
    columnInfo: t.field({ type: columnInfoRef, resolve: ({ results }) => results.columns }),
    stats: t.field({ type: statsRef, resolve: ({ results }) => results }),
    warnings: t.stringList({
      description: 'What of the tables was missing, and so is not in the results',
      resolve: ({ results }) => results.warnings,
    }),
    pageInfo: t.field({
      type: pageInfoRef,
      resolve: ({ results: { nextOffset }, offset }) => ({
        hasNextPage: nextOffset !== undefined,
        hasPreviousPage: offset > 0,
        startCursor: String(offset),
        endCursor: nextOffset === undefined ? null : String(nextOffset),
      }),
    }),
  }),
});

const resultsPageSizeMax = 1_000;

const queryRef = builder.objectRef<Query>('DataLakeQuery');
queryRef.implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    status: t.expose('status', { type: queryStatusEnum }),
    message: t.exposeString('message', { description: 'Why the query failed' }),
    sql: t.exposeString('sql'),
    kind: t.expose('kind', { type: queryKindEnum }),
    savedQueryId: t.exposeID('savedQueryId', { nullable: true }),
    name: t.exposeString('name', { nullable: true, description: "The saved query's name" }),
    isScheduled: t.exposeBoolean('isScheduled'),
    scheduledFor: t.expose('scheduledFor', {
      type: 'DateTime',
      nullable: true,
      description: 'When a scheduled query was due',
    }),
    attempt: t.exposeInt('attempt', {
      nullable: true,
      description: 'Which attempt of a scheduled query it is, from 1',
    }),
    rowCount: t.expose('rowCount', {
      type: 'Long',
      nullable: true,
      description: 'Null until it has succeeded',
    }),
    issuedBy: t.field({ type: actorRef, nullable: true, resolve: ({ issuedBy }) => issuedBy }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    children: t.field({ type: [queryRef], resolve: ({ children }) => children }),
    results: t.field({
      type: resultsRef,
      nullable: true,
      description: 'Null until the query has succeeded',
      args: optionalInput(
        builder.inputType('DataLakeQueryResultsInput', {
          fields: (t) => ({ cursor: t.string(), pageSize: t.int({ defaultValue: 999 }) }),
        }),
      ),
      async resolve({ id }, args, { readers: { queries } }) {
        const offset = readCursor(args.input?.cursor) ?? 0;
        const pageSize = args.input?.pageSize ?? 999;
        if (pageSize < 1 || pageSize > resultsPageSizeMax) {
          throw new ActionError('INVALID_INPUT', `input.pageSize: must be from 1 to ${resultsPageSizeMax}`, {
            field: 'input.pageSize',
          });
        }
        const results = await queries.results(id, { offset, pageSize });
        return results === undefined ? null : { results, offset };
      },
    }),
  }),
});

queryField('dataLakeQuery', {
  action: getQuery,
  type: queryRef,
  args: builder.args((t) => ({ id: t.id({ required: true }), root: t.boolean({ defaultValue: false }) })),
  description: 'Fetches the state and the results of a data lake query',
  audience: 'public',
});

queryField('dataLakeQueries', {
  action: listQueries,
  type: connection('DataLakeQuery', queryRef),
  args: optionalInput(
    builder.inputType('DataLakeQueriesInput', {
      fields: (t) => ({
        contains: t.string({ description: 'Part of the SQL or of the name' }),
        isScheduled: t.boolean(),
        kinds: t.field({ type: [queryKindEnum] }),
        own: t.boolean({ description: "Only the caller's own" }),
        savedQueryId: t.id(),
        status: t.field({ type: [queryStatusEnum] }),
        pageSize: t.int({ defaultValue: 25 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the data lake queries that were run, newest first',
  audience: 'public',
});

const valueCountRef = builder.objectRef<ColumnSummary['top'][number]>('DataLakeValueCount').implement({
  fields: (t) => ({
    value: t.expose('value', { type: 'JSON', nullable: true }),
    count: t.expose('count', { type: 'Long' }),
  }),
});

const summaryRef = builder.objectRef<ColumnSummary>('DataLakeQuerySummary').implement({
  fields: (t) => ({
    rowCount: t.expose('rowCount', { type: 'Long' }),
    nulls: t.expose('nulls', { type: 'Long' }),
    distinct: t.expose('distinct', { type: 'Long', description: 'Different values, null aside' }),
    min: t.expose('min', { type: 'JSON', nullable: true }),
    max: t.expose('max', { type: 'JSON', nullable: true }),
    top: t.field({
      type: [valueCountRef],
      description: 'The most frequent values, the most frequent first',
      resolve: ({ top }) => top,
    }),
  }),
});

queryField('dataLakeQuerySummary', {
  action: summarizeQuery,
  type: summaryRef,
  args: input(
    builder.inputType('DataLakeQuerySummaryInput', {
      fields: (t) => ({ id: t.id({ required: true }), column: t.string({ required: true }) }),
    }),
  ),
  description: 'Sums up one column of the results of a data lake query',
  audience: 'internal',
});

mutationField('executeDataLakeQuery', {
  action: executeQuery,
  type: idPayload('ExecuteDataLakeQueryOutput'),
  args: input(
    builder.inputType('ExecuteDataLakeQueryInput', {
      fields: (t) => ({
        sql: t.string({ required: true }),
        databaseName: t.string({ defaultValue: 'panther_logs' }),
      }),
    }),
  ),
  description: 'Runs an SQL query over the data lake',
  audience: 'public',
});

mutationField('executeIndicatorSearchQuery', {
  action: executeIndicatorSearch,
  type: idPayload('ExecuteIndicatorSearchQueryOutput'),
  args: input(
    builder.inputType('ExecuteIndicatorSearchQueryInput', {
      fields: (t) => ({
        indicators: t.stringList({ required: true }),
        startTime: t.field({ type: 'DateTime', required: true }),
        endTime: t.field({ type: 'DateTime', required: true }),
        indicatorName: t.string({
          defaultValue: 'AutoDetectType',
          description: 'A kind of indicator such as p_any_ip_addresses; AutoDetectType looks in all',
        }),
        databases: t.stringList({ description: 'All that the caller may read where there are none' }),
        tables: t.stringList({ description: 'All that the caller may read where there are none' }),
      }),
    }),
  ),
  description: 'Searches the tables of the data lake for addresses, names, hashes and other indicators',
  audience: 'public',
});

mutationField('cancelDataLakeQuery', {
  action: cancelQuery,
  type: idPayload('CancelDataLakeQueryOutput'),
  args: input(idInput('CancelDataLakeQueryInput')),
  description: 'Cancels a data lake query',
  audience: 'public',
});
