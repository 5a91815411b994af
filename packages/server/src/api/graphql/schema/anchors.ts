import { anchorCheckpoint } from '../../../actions/anchor/anchor-checkpoint.ts';
import { getAnchorSettings, updateAnchorSettings } from '../../../actions/anchor/anchor-settings.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { input, payload } from './payload.ts';

type AnchorSettings = Output<typeof getAnchorSettings>;

const authorityRef = builder
  .objectRef<NonNullable<AnchorSettings['timestampAuthority']>>('TimestampAuthority')
  .implement({
    description: 'An RFC 3161 time stamping authority',
    fields: (t) => ({
      url: t.exposeString('url'),
      certificates: t.exposeString('certificates', {
        description: 'The trusted certificates, in PEM form: its own, or what its chain ends in',
      }),
    }),
  });

const webhookRef = builder.objectRef<AnchorSettings['webhooks'][number]>('AnchorWebhook').implement({
  fields: (t) => ({
    url: t.exposeString('url'),
    hasSecret: t.exposeBoolean('hasSecret', {
      description: 'Whether its requests are signed; the secret itself is never shown',
    }),
  }),
});

const destinationRef = builder
  .objectRef<AnchorSettings['destinations'][number]>('AnchorDestination')
  .implement({
    description: 'A place where checkpoints are kept outside',
    fields: (t) => ({
      name: t.exposeString('name'),
      size: t.expose('size', {
        type: 'Long',
        nullable: true,
        description: 'The number of entries that the last checkpoint sent there covers',
      }),
      anchoredAt: t.expose('anchoredAt', { type: 'DateTime', nullable: true }),
    }),
  });

const anchorSettingsRef = builder.objectRef<AnchorSettings>('AnchorSettings').implement({
  fields: (t) => ({
    timestampAuthority: t.expose('timestampAuthority', { type: authorityRef, nullable: true }),
    intervalMinutes: t.exposeInt('intervalMinutes'),
    webhooks: t.expose('webhooks', { type: [webhookRef] }),
    emails: t.exposeStringList('emails'),
    emailOffered: t.exposeBoolean('emailOffered', {
      description: 'Whether the operator has set a mail server',
    }),
    destinations: t.expose('destinations', { type: [destinationRef] }),
  }),
});

queryField('anchorSettings', {
  action: getAnchorSettings,
  type: anchorSettingsRef,
  description: 'Fetches where checkpoints are kept outside, and what was sent there last',
  audience: 'internal',
});

const authorityInput = builder.inputType('TimestampAuthorityInput', {
  fields: (t) => ({ url: t.string({ required: true }), certificates: t.string({ required: true }) }),
});
const webhookInput = builder.inputType('AnchorWebhookInput', {
  fields: (t) => ({
    url: t.string({ required: true }),
    secret: t.string({ description: 'Left out, it stays; null or empty takes it away' }),
  }),
});

mutationField('updateAnchorSettings', {
  action: updateAnchorSettings,
  type: payload('UpdateAnchorSettingsOutput', 'anchorSettings', anchorSettingsRef),
  args: input(
    builder.inputType('UpdateAnchorSettingsInput', {
      fields: (t) => ({
        timestampAuthority: t.field({ type: authorityInput }),
        intervalMinutes: t.int(),
        webhooks: t.field({ type: [webhookInput] }),
        emails: t.stringList(),
      }),
    }),
  ),
  description: 'Updates where checkpoints are kept outside',
  audience: 'internal',
});

const anchoredRef = builder.objectRef<Output<typeof anchorCheckpoint>>('AnchorCheckpointOutput').implement({
  fields: (t) => ({
    size: t.expose('size', { type: 'Long' }),
    errors: t.exposeStringList('errors', { description: 'Of the destinations that could not be reached' }),
  }),
});

mutationField('anchorCheckpoint', {
  action: anchorCheckpoint,
  type: anchoredRef,
  description: 'Sends the checkpoint of this moment to where checkpoints are kept outside',
  audience: 'internal',
});
