import { createAlertDestination } from '../../../actions/destination/create-alert-destination.ts';
import { deleteAlertDestination } from '../../../actions/destination/delete-alert-destination.ts';
import type { AlertDestination } from '../../../actions/destination/destination.ts';
import { getAlertDestination } from '../../../actions/destination/get-alert-destination.ts';
import { listAlertDestinations } from '../../../actions/destination/list-alert-destinations.ts';
import { sendTestAlert } from '../../../actions/destination/send-test-alert.ts';
import { updateAlertDestination } from '../../../actions/destination/update-alert-destination.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { alertTypeEnum, severityEnum } from './alerts.ts';
import { idInput, idPayload, input, payload } from './payload.ts';
import { actorRef } from './references.ts';

type Config = AlertDestination['config'];

const webhookRef = builder.objectRef<Config>('WebhookDestination').implement({
  fields: (t) => ({
    url: t.string({ resolve: ({ url }) => String(url) }),
    hasSecret: t.boolean({
      description: 'Whether bodies are signed: the header x-pawprint-signature-256 has their HMAC',
      resolve: ({ hasSecret }) => hasSecret === true,
    }),
  }),
});

const emailRef = builder.objectRef<Config>('EmailDestination').implement({
  fields: (t) => ({
    addresses: t.stringList({ resolve: ({ addresses }) => addresses as string[] }),
  }),
});

const destinationRef = builder.objectRef<AlertDestination>('AlertDestination').implement({
  description: 'Where alerts are delivered',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    type: t.exposeString('type', { description: 'Which of the settings below it has' }),
    webhook: t.field({
      type: webhookRef,
      nullable: true,
      resolve: ({ type, config }) => (type === 'webhook' ? config : null),
    }),
    email: t.field({
      type: emailRef,
      nullable: true,
      resolve: ({ type, config }) => (type === 'email' ? config : null),
    }),
    severities: t.field({ type: [severityEnum], resolve: ({ severities }) => severities }),
    alertTypes: t.field({
      type: [alertTypeEnum],
      description: 'Empty: all',
      resolve: ({ alertTypes }) => alertTypes,
    }),
    logTypes: t.exposeStringList('logTypes', { description: 'Empty: all' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ updatedBy }) => updatedBy }),
    pendingDeliveries: t.exposeInt('pendingDeliveries', { description: 'On their way' }),
    failedDeliveries: t.exposeInt('failedDeliveries', { description: 'Given up' }),
  }),
});

queryField('alertDestinations', {
  action: listAlertDestinations,
  type: [destinationRef],
  description: 'Lists the destinations of alerts',
  audience: 'public',
});

queryField('alertDestination', {
  action: getAlertDestination,
  type: destinationRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches the destination with an id',
  audience: 'public',
});

const webhookInput = builder.inputType('WebhookDestinationInput', {
  fields: (t) => ({
    url: t.string({ required: true }),
    secret: t.string({ description: 'Never shown again; left out, it stays; empty, bodies are not signed' }),
  }),
});
const emailInput = builder.inputType('EmailDestinationInput', {
  fields: (t) => ({ addresses: t.field({ type: ['Email'], required: true }) }),
});

const changeableFields = (t: Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]) => ({
  severities: t.field({ type: [severityEnum] }),
  alertTypes: t.field({ type: [alertTypeEnum], description: 'Empty: all' }),
  logTypes: t.stringList({ description: 'Empty: all' }),
  webhook: t.field({ type: webhookInput }),
  email: t.field({ type: emailInput }),
});

mutationField('createAlertDestination', {
  action: createAlertDestination,
  type: payload('CreateAlertDestinationOutput', 'destination', destinationRef),
  args: input(
    builder.inputType('CreateAlertDestinationInput', {
      description: 'Takes one of the settings, which says of which type it is',
      fields: (t) => ({ name: t.string({ required: true }), ...changeableFields(t) }),
    }),
  ),
  description: 'Adds a destination of alerts',
  audience: 'public',
});

mutationField('updateAlertDestination', {
  action: updateAlertDestination,
  type: payload('UpdateAlertDestinationOutput', 'destination', destinationRef),
  args: input(
    builder.inputType('UpdateAlertDestinationInput', {
      fields: (t) => ({ id: t.id({ required: true }), name: t.string(), ...changeableFields(t) }),
    }),
  ),
  description: 'Changes a destination of alerts',
  audience: 'public',
});

mutationField('deleteAlertDestination', {
  action: deleteAlertDestination,
  type: idPayload('DeleteAlertDestinationOutput'),
  args: input(idInput('DeleteAlertDestinationInput')),
  description: 'Deletes a destination of alerts',
  audience: 'public',
});

mutationField('sendTestAlert', {
  action: sendTestAlert,
  type: builder.objectRef<Output<typeof sendTestAlert>>('SendTestAlertOutput').implement({
    fields: (t) => ({
      statusCode: t.exposeInt('statusCode', { nullable: true }),
      message: t.exposeString('message', { description: 'What the other side said' }),
    }),
  }),
  args: input(idInput('SendTestAlertInput')),
  description: 'Sends a made-up alert to a destination',
  audience: 'public',
});
