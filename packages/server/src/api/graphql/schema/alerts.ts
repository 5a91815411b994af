import { severities } from '@pawprint/detections';
import { ActionError } from '../../../actions/action-error.ts';
import type { Alert, AlertDelivery, AlertOrigin } from '../../../actions/alert/alert.ts';
import type { AlertActivity } from '../../../actions/alert/alert-activity.ts';
import { type AlertComment, asComment, commentFormats } from '../../../actions/alert/alert-comment.ts';
import type { ChangedAlerts } from '../../../actions/alert/change-alerts.ts';
import { createAlertComment } from '../../../actions/alert/create-alert-comment.ts';
import { getAlert } from '../../../actions/alert/get-alert.ts';
import { countAlerts, listAlerts, listingTypes } from '../../../actions/alert/list-alerts.ts';
import { retryAlertDelivery } from '../../../actions/alert/retry-alert-delivery.ts';
import {
  updateAlertsAssigneeByEmail,
  updateAlertsAssigneeById,
} from '../../../actions/alert/update-alert-assignee.ts';
import { updateAlertQuality } from '../../../actions/alert/update-alert-quality.ts';
import { updateAlertStatus } from '../../../actions/alert/update-alert-status.ts';
import type { AlertEventsPage } from '../../../alerts/alert-events.ts';
import { alertStatuses, alertTypes } from '../../../store/tables.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { connection, pageInfoRef, sortDirEnum } from './page.ts';
import { bulkErrorRef, input, optionalInput, payload } from './payload.ts';
import { actorRef, userRef } from './references.ts';
import { systemErrorRef } from './system-errors.ts';

const statusEnum = builder.enumType('AlertStatus', {
  description: 'CLOSED is shown as Invalid',
  values: alertStatuses,
});
export const alertTypeEnum = builder.enumType('AlertType', { values: alertTypes });
const listingTypeEnum = builder.enumType('AlertListingType', { values: listingTypes });
export const severityEnum = builder.enumType('Severity', { values: severities });
const qualityEnum = builder.enumType('AlertQuality', { values: ['NOISE', 'USEFUL'] });
const deliveryStatusEnum = builder.enumType('AlertDeliveryStatus', {
  values: ['PENDING', 'DELIVERED', 'FAILED'],
});
const commentFormatEnum = builder.enumType('CommentFormat', { values: commentFormats });

type Detection = Extract<AlertOrigin, { readonly version: unknown }>;

const detectionRef = detection('Detection', 'The detection that made an alert');
const deletedDetectionRef = detection('DeletedDetection', 'One that made an alert and is no more');

function detection(name: string, description: string) {
  return builder.objectRef<Detection>(name).implement({
    description,
    fields: (t) => ({
      id: t.exposeID('id'),
      name: t.exposeString('name'),
      version: t.exposeInt('version', { nullable: true, description: 'The one that made the alert' }),
    }),
  });
}

const originRef = builder.unionType('AlertOrigin', {
  types: [detectionRef, deletedDetectionRef, systemErrorRef],
  resolveType: (origin) => (origin as AlertOrigin).__typename,
});

const deliveryRef = builder.objectRef<AlertDelivery>('AlertDelivery').implement({
  description: 'The way of an alert to one destination',
  fields: (t) => ({
    id: t.exposeID('id'),
    outputId: t.exposeID('outputId', { description: 'Of the destination' }),
    label: t.exposeString('label', { description: 'Name of the destination; empty once it is deleted' }),
    destinationType: t.exposeString('destinationType', { nullable: true }),
    status: t.expose('status', { type: deliveryStatusEnum }),
    success: t.exposeBoolean('success'),
    message: t.exposeString('message'),
    statusCode: t.exposeInt('statusCode', { description: 'What was answered last; 0 where nothing was' }),
    attempts: t.exposeInt('attempts'),
    dispatchedAt: t.expose('dispatchedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last tried',
    }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
  }),
});

const activityRef = builder.objectRef<AlertActivity>('AlertActivity').implement({
  description: 'Something that happened to an alert',
  fields: (t) => ({
    id: t.exposeID('id'),
    kind: t.exposeString('kind', {
      description: 'CREATED, STATUS, ASSIGNEE, QUALITY, COMMENT or DELIVERY',
    }),
    body: t.expose('body', { type: 'JSON', description: 'What the kind needs, such as {from, to}' }),
    actor: t.field({ type: actorRef, nullable: true, resolve: ({ actor }) => actor }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const commentRef = builder.objectRef<AlertComment>('AlertComment').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    alertId: t.exposeID('alertId'),
    body: t.exposeString('body', { description: 'HTML is as it was sent: sanitize it before showing it' }),
    format: t.expose('format', { type: commentFormatEnum }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});

const eventEdgeRef = builder.objectRef<{ readonly node: unknown }>('AlertEventEdge').implement({
  fields: (t) => ({ node: t.expose('node', { type: 'JSON', description: 'The event, by column name' }) }),
});

const eventsRef = builder
  .objectRef<AlertEventsPage & { readonly hasPreviousPage: boolean }>('AlertEventsConnection')
  .implement({
    fields: (t) => ({
      edges: t.field({ type: [eventEdgeRef], resolve: ({ events }) => events.map((node) => ({ node })) }),
      pageInfo: t.field({
        type: pageInfoRef,
        resolve: ({ nextCursor, hasPreviousPage }) => ({
          hasNextPage: nextCursor !== null,
          hasPreviousPage,
          startCursor: null,
          endCursor: nextCursor,
        }),
      }),
    }),
  });

const eventsPageSizeMax = 500;

const alertRef = builder.objectRef<Alert>('Alert').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    title: t.exposeString('title'),
    type: t.expose('type', { type: alertTypeEnum }),
    severity: t.expose('severity', { type: severityEnum }),
    status: t.expose('status', { type: statusEnum }),
    description: t.exposeString('description'),
    reference: t.exposeString('reference'),
    runbook: t.exposeString('runbook'),
    quality: t.expose('quality', { type: qualityEnum, nullable: true }),
    assignee: t.field({ type: userRef, nullable: true, resolve: ({ assignee }) => assignee }),
    context: t.expose('context', { type: 'JSON', description: "What the detection's alertContext gave" }),
    logTypes: t.exposeStringList('logTypes'),
    tags: t.exposeStringList('tags'),
    eventCount: t.exposeInt('eventCount'),
    firstEventOccurredAt: t.expose('firstEventOccurredAt', { type: 'DateTime' }),
    lastReceivedEventAt: t.expose('lastReceivedEventAt', { type: 'DateTime' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ updatedBy }) => updatedBy }),
    origin: t.field({ type: originRef, nullable: true, resolve: ({ origin }) => origin }),
    deliveries: t.field({ type: [deliveryRef], resolve: ({ deliveries }) => deliveries }),
    events: t.field({
      type: eventsRef,
      description:
        'The rows of the data lake behind it, newest first; they are there moments after the alert',
      args: optionalInput(
        builder.inputType('AlertEventsInput', {
          fields: (t) => ({ cursor: t.string(), pageSize: t.int({ defaultValue: 25 }) }),
        }),
      ),
      async resolve(alert, args, { readers }) {
        const pageSize = args.input?.pageSize ?? 25;
        if (pageSize < 1 || pageSize > eventsPageSizeMax) {
          throw new ActionError('INVALID_INPUT', `input.pageSize: must be from 1 to ${eventsPageSizeMax}`, {
            field: 'input.pageSize',
          });
        }
        const cursor = args.input?.cursor;
        return {
          ...(await readers.readAlertEvents(alert, { pageSize, cursor })),
          hasPreviousPage: Boolean(cursor),
        };
      },
    }),
    comments: t.field({
      type: [commentRef],
      nullable: true,
      description: 'Oldest first; null in lists of alerts',
      resolve: ({ activities }) =>
        activities?.filter(({ kind }) => kind === 'COMMENT').map(asComment) ?? null,
    }),
    activities: t.field({
      type: [activityRef],
      nullable: true,
      description: 'Everything that happened to it, oldest first; null in lists of alerts',
      resolve: ({ activities }) => activities ?? null,
    }),
  }),
});

queryField('alert', {
  action: getAlert,
  type: alertRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches the alert with an id',
  audience: 'public',
});

const filterFields = (t: Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]) => ({
  type: t.field({ type: listingTypeEnum, defaultValue: 'ALERT' as const }),
  subtypes: t.field({ type: [alertTypeEnum] }),
  detectionId: t.id(),
  createdAtAfter: t.field({ type: 'DateTime' }),
  createdAtBefore: t.field({ type: 'DateTime' }),
  assigneeIds: t.idList({ description: 'An empty id stands for nobody' }),
  statuses: t.field({ type: [statusEnum] }),
  severities: t.field({ type: [severityEnum] }),
  qualities: t.field({ type: [qualityEnum] }),
  nameContains: t.string({ description: 'A part of the title, in any letter case' }),
  logSources: t.idList(),
  logTypes: t.stringList(),
  resourceTypes: t.stringList(),
  eventCountMin: t.int(),
  eventCountMax: t.int(),
});

queryField('alerts', {
  action: listAlerts,
  type: connection('Alerts', alertRef),
  args: input(
    builder.inputType('AlertsInput', {
      description: 'Needs detectionId, or createdAtAfter and createdAtBefore',
      fields: (t) => ({
        ...filterFields(t),
        sortBy: t.field({ type: builder.enumType('AlertsSortBy', { values: ['createdAt'] }) }),
        sortDir: t.field({ type: sortDirEnum }),
        pageSize: t.int({ defaultValue: 25 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the alerts that match, newest first',
  audience: 'public',
});

queryField('alertCounts', {
  action: countAlerts,
  type: [
    builder.objectRef<Output<typeof countAlerts>[number]>('AlertCount').implement({
      fields: (t) => ({
        status: t.expose('status', { type: statusEnum }),
        severity: t.expose('severity', { type: severityEnum }),
        count: t.exposeInt('count'),
      }),
    }),
  ],
  args: optionalInput(builder.inputType('AlertCountsInput', { fields: filterFields })),
  description: 'Counts the alerts that match, by status and severity',
  audience: 'internal',
});

function changedAlerts(name: string) {
  return builder.objectRef<ChangedAlerts>(name).implement({
    fields: (t) => ({
      alerts: t.field({ type: [alertRef], resolve: ({ alerts }) => alerts }),
      errors: t.field({
        type: [bulkErrorRef],
        description: 'Why others were not changed',
        resolve: ({ errors }) => errors,
      }),
    }),
  });
}

mutationField('updateAlertStatusById', {
  action: updateAlertStatus,
  type: changedAlerts('UpdateAlertStatusByIdOutput'),
  args: input(
    builder.inputType('UpdateAlertStatusByIdInput', {
      fields: (t) => ({
        ids: t.idList({ required: true }),
        status: t.field({ type: statusEnum, required: true }),
      }),
    }),
  ),
  description: 'Changes the status of alerts',
  audience: 'public',
});

mutationField('updateAlertsAssigneeById', {
  action: updateAlertsAssigneeById,
  type: changedAlerts('UpdateAlertsAssigneeByIdOutput'),
  args: input(
    builder.inputType('UpdateAlertsAssigneeByIdInput', {
      fields: (t) => ({
        ids: t.idList({ required: true }),
        assigneeId: t.id({ description: 'Null makes the alerts nobody’s' }),
      }),
    }),
  ),
  description: 'Assigns alerts to a user by id',
  audience: 'public',
});

mutationField('updateAlertsAssigneeByEmail', {
  action: updateAlertsAssigneeByEmail,
  type: changedAlerts('UpdateAlertsAssigneeByEmailOutput'),
  args: input(
    builder.inputType('UpdateAlertsAssigneeByEmailInput', {
      fields: (t) => ({
        ids: t.idList({ required: true }),
        assigneeEmail: t.field({ type: 'Email', required: true }),
      }),
    }),
  ),
  description: 'Assigns alerts to a user by e-mail address',
  audience: 'public',
});

mutationField('updateAlertQualityById', {
  action: updateAlertQuality,
  type: changedAlerts('UpdateAlertQualityByIdOutput'),
  args: input(
    builder.inputType('UpdateAlertQualityByIdInput', {
      fields: (t) => ({
        ids: t.idList({ required: true }),
        quality: t.field({ type: qualityEnum, description: 'Null takes the mark away' }),
      }),
    }),
  ),
  description: 'Marks alerts as useful or as noise',
  audience: 'internal',
});

mutationField('retryAlertDelivery', {
  action: retryAlertDelivery,
  type: payload('RetryAlertDeliveryOutput', 'alert', alertRef),
  args: input(
    builder.inputType('RetryAlertDeliveryInput', {
      fields: (t) => ({
        alertId: t.id({ required: true }),
        outputId: t.id({ required: true, description: 'Of the destination' }),
      }),
    }),
  ),
  description: 'Sends an alert to a destination again',
  audience: 'internal',
});

mutationField('createAlertComment', {
  action: createAlertComment,
  type: payload('CreateAlertCommentOutput', 'comment', commentRef),
  args: input(
    builder.inputType('CreateAlertCommentInput', {
      fields: (t) => ({
        alertId: t.id({ required: true }),
        body: t.string({ required: true }),
        format: t.field({ type: commentFormatEnum, required: true, defaultValue: 'PLAIN_TEXT' }),
      }),
    }),
  ),
  description: 'Writes a comment on an alert',
  audience: 'public',
});
