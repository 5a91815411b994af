import { type CheckpointStatus, getLedgerStatus } from '../../../actions/ledger/get-ledger-status.ts';
import { builder, type Output, queryField } from '../schema-builder.ts';

type Status = Output<typeof getLedgerStatus>;

const cosignatureRef = builder
  .objectRef<CheckpointStatus['cosignatures'][number]>('CheckpointCosignature')
  .implement({
    fields: (t) => ({
      name: t.exposeString('name'),
      vkey: t.exposeString('vkey'),
      cosignedAt: t.expose('cosignedAt', { type: 'DateTime' }),
    }),
  });

const checkpointRef = builder.objectRef<CheckpointStatus>('LedgerCheckpoint').implement({
  fields: (t) => ({
    size: t.expose('size', { type: 'Long' }),
    checkpoint: t.exposeString('checkpoint', { description: 'The signed note (C2SP tlog-checkpoint)' }),
    cosignatures: t.field({ type: [cosignatureRef], resolve: ({ cosignatures }) => cosignatures }),
    isWitnessed: t.exposeBoolean('isWitnessed', {
      description: 'Whether as many witnesses have cosigned it as the settings require',
    }),
  }),
});

const policyRef = builder.objectRef<Status['policy']>('WitnessPolicy').implement({
  description: 'How many of how many witnesses are required',
  fields: (t) => ({ required: t.exposeInt('required'), witnesses: t.exposeInt('witnesses') }),
});

const ledgerStatusRef = builder.objectRef<Status>('LedgerStatus').implement({
  fields: (t) => ({
    vkey: t.exposeString('vkey', { description: "The ledger's public key (C2SP signed-note)" }),
    newest: t.field({ type: checkpointRef, resolve: ({ newest }) => newest }),
    witnessed: t.field({
      type: checkpointRef,
      nullable: true,
      description: 'The newest checkpoint that had the cosignatures required when it got them',
      resolve: ({ witnessed }) => witnessed,
    }),
    policy: t.field({ type: policyRef, resolve: ({ policy }) => policy }),
  }),
});

queryField('ledgerStatus', {
  action: getLedgerStatus,
  type: ledgerStatusRef,
  description: 'Shows what the ledger holds, and who vouches for it',
  audience: 'public',
});
