import { createSavedQuery } from '../../../actions/saved-query/create-saved-query.ts';
import {
  deleteSavedQueriesByName,
  deleteSavedQuery,
} from '../../../actions/saved-query/delete-saved-queries.ts';
import { getSavedQuery, listSavedQueries } from '../../../actions/saved-query/list-saved-queries.ts';
import type { SavedQuery } from '../../../actions/saved-query/saved-query.ts';
import type { Schedule } from '../../../actions/saved-query/schedule.ts';
import { updateSavedQuery } from '../../../actions/saved-query/update-saved-query.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { connection } from './page.ts';
import { idInput, idPayload, input, optionalInput, payload } from './payload.ts';
import { actorRef } from './references.ts';

const scheduleRef = builder.objectRef<Schedule>('SavedQuerySchedule').implement({
  fields: (t) => ({
    cron: t.exposeString('cron', { nullable: true, description: 'Five parts, in UTC' }),
    rateMinutes: t.exposeInt('rateMinutes', { nullable: true }),
    timeoutMinutes: t.exposeInt('timeoutMinutes'),
    disabled: t.exposeBoolean('disabled'),
  }),
});

const savedQueryRef = builder.objectRef<SavedQuery>('SavedQuery').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    sql: t.exposeString('sql'),
    databaseName: t.exposeString('databaseName'),
    schedule: t.field({ type: scheduleRef, nullable: true, resolve: ({ schedule }) => schedule }),
    nextRunAt: t.expose('nextRunAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ updatedBy }) => updatedBy }),
  }),
});

queryField('savedQueries', {
  action: listSavedQueries,
  type: connection('SavedQuery', savedQueryRef),
  args: optionalInput(
    builder.inputType('SavedQueriesInput', {
      fields: (t) => ({
        contains: t.string({ description: 'Part of the name, the description or the SQL' }),
        isScheduled: t.boolean(),
        pageSize: t.int({ defaultValue: 25 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the saved queries by name',
  audience: 'internal',
});

queryField('savedQuery', {
  action: getSavedQuery,
  type: savedQueryRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches a saved query',
  audience: 'internal',
});

const scheduleInput = builder.inputType('SavedQueryScheduleInput', {
  fields: (t) => ({
    cron: t.string(),
    rateMinutes: t.int(),
    timeoutMinutes: t.int(),
    disabled: t.boolean(),
  }),
});

mutationField('createSavedQuery', {
  action: createSavedQuery,
  type: payload('CreateSavedQueryOutput', 'query', savedQueryRef),
  args: input(
    builder.inputType('CreateSavedQueryInput', {
      fields: (t) => ({
        name: t.string({ required: true }),
        description: t.string(),
        sql: t.string({ required: true }),
        databaseName: t.string(),
        schedule: t.field({ type: scheduleInput }),
      }),
    }),
  ),
  description: 'Saves a query, perhaps with a schedule',
  audience: 'internal',
});

mutationField('updateSavedQuery', {
  action: updateSavedQuery,
  type: payload('UpdateSavedQueryOutput', 'query', savedQueryRef),
  args: input(
    builder.inputType('UpdateSavedQueryInput', {
      fields: (t) => ({
        id: t.id({ required: true }),
        name: t.string({ required: true }),
        description: t.string(),
        sql: t.string({ required: true }),
        databaseName: t.string(),
        schedule: t.field({ type: scheduleInput }),
      }),
    }),
  ),
  description: 'Changes a saved query and its schedule',
  audience: 'internal',
});

mutationField('deleteSavedQuery', {
  action: deleteSavedQuery,
  type: idPayload('DeleteSavedQueryOutput'),
  args: input(idInput('DeleteSavedQueryInput')),
  description: 'Deletes a saved query',
  audience: 'internal',
});

const deletedByNameRef = builder
  .objectRef<Output<typeof deleteSavedQueriesByName>>('DeleteSavedQueriesByNameOutput')
  .implement({
    fields: (t) => ({
      names: t.stringList({ nullable: true, resolve: ({ names }) => [...names] }),
      detectionIDs: t.stringList({ nullable: true, resolve: ({ detectionIDs }) => [...detectionIDs] }),
    }),
  });

mutationField('deleteSavedQueriesByName', {
  action: deleteSavedQueriesByName,
  type: deletedByNameRef,
  args: input(
    builder.inputType('DeleteSavedQueriesByNameInput', {
      fields: (t) => ({
        names: t.stringList({ required: true }),
        dryRun: t.boolean({ defaultValue: false }),
        includeDetections: t.boolean({ defaultValue: false }),
      }),
    }),
  ),
  description: 'Deletes saved queries by their names',
  audience: 'public',
});
