import {
  getWitnessSettings,
  type LedgerWitness,
  updateWitnessSettings,
  type WitnessedLog,
} from '../../../actions/witness/witness-settings.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { input, payload } from './payload.ts';

const ledgerWitnessRef = builder.objectRef<LedgerWitness>('LedgerWitness').implement({
  description: "A witness (C2SP tlog-witness) whose cosignature the ledger's checkpoints are to have",
  fields: (t) => ({
    name: t.exposeString('name'),
    vkey: t.exposeString('vkey'),
    url: t.exposeString('url'),
    size: t.expose('size', { type: 'Long', description: 'Entries that it cosigned last; 0 for none' }),
    cosignedAt: t.expose('cosignedAt', { type: 'DateTime', nullable: true }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What was wrong when it was last asked; null while it cosigns',
    }),
  }),
});

const witnessedLogRef = builder.objectRef<WitnessedLog>('WitnessedLog').implement({
  description: 'A log that this instance witnesses',
  fields: (t) => ({
    origin: t.exposeString('origin'),
    vkey: t.exposeString('vkey'),
    size: t.expose('size', { type: 'Long', description: 'Entries that were cosigned last; 0 for none' }),
    cosignedAt: t.expose('cosignedAt', { type: 'DateTime', nullable: true }),
  }),
});

type Settings = Output<typeof getWitnessSettings>;

const ownWitnessRef = builder.objectRef<Settings['ownWitness']>('OwnWitness').implement({
  description: 'This instance as a witness of others',
  fields: (t) => ({
    enabled: t.exposeBoolean('enabled'),
    name: t.exposeString('name'),
    vkey: t.exposeString('vkey', {
      nullable: true,
      description: 'The key for others to trust; null until it is first enabled',
    }),
    logs: t.field({ type: [witnessedLogRef], resolve: ({ logs }) => logs }),
  }),
});

const witnessSettingsRef = builder.objectRef<Settings>('WitnessSettings').implement({
  fields: (t) => ({
    witnesses: t.field({ type: [ledgerWitnessRef], resolve: ({ witnesses }) => witnesses }),
    required: t.exposeInt('required', { description: 'Of how many witnesses at least' }),
    ownWitness: t.field({ type: ownWitnessRef, resolve: ({ ownWitness }) => ownWitness }),
  }),
});

queryField('witnessSettings', {
  action: getWitnessSettings,
  type: witnessSettingsRef,
  description: 'Fetches the witnesses of the ledger, and what this instance witnesses',
  audience: 'public',
});

const witnessInput = builder.inputType('LedgerWitnessInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    vkey: t.string({ required: true }),
    url: t.string({
      required: true,
      description: 'Its submission prefix, such as https://example.com/witness',
    }),
  }),
});

const witnessedLogInput = builder.inputType('WitnessedLogInput', {
  fields: (t) => ({
    origin: t.string({ description: 'The name of its key unless given' }),
    vkey: t.string({ required: true }),
  }),
});

const ownWitnessInput = builder.inputType('OwnWitnessInput', {
  fields: (t) => ({
    enabled: t.boolean({ required: true }),
    name: t.string({
      description: "Made from the ledger's name unless given; another name is another key to others",
    }),
    logs: t.field({ type: [witnessedLogInput], required: true }),
  }),
});

mutationField('updateWitnessSettings', {
  action: updateWitnessSettings,
  type: payload('UpdateWitnessSettingsOutput', 'witnessSettings', witnessSettingsRef),
  args: input(
    builder.inputType('UpdateWitnessSettingsInput', {
      fields: (t) => ({
        witnesses: t.field({ type: [witnessInput], required: true }),
        required: t.int({ required: true }),
        ownWitness: t.field({ type: ownWitnessInput, required: true }),
      }),
    }),
  ),
  description: 'Updates the witnesses of the ledger, and what this instance witnesses',
  audience: 'internal',
});
