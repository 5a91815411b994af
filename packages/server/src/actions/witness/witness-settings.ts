import { hash } from 'node:crypto';
import { LedgerError } from '@pawprint/ledger';
import {
  createVerifierKey,
  formatVerifierKey,
  parseVerifierKey,
  parseWitnessKey,
  type Sha256,
  VerificationError,
  type VerifierKey,
} from '@pawprint/verifier';
import * as z from 'zod';
import { nameKey, nameSchema } from '../../access/text-field.ts';
import type { Reader } from '../../store/store.ts';
import { defineChange, defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { Services } from '../services.ts';
import {
  readSetting,
  type Settings,
  type WitnessedLogSetting,
  type WitnessSetting,
  writeSetting,
} from '../settings/settings.ts';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
const witnessesMax = 16;
const logsMax = 1_000;

/** A witness of the ledger, and how far it has come. */
export interface LedgerWitness extends WitnessSetting {
  /** Entries that it cosigned last; 0 for none. */
  readonly size: number;
  readonly cosignedAt: string | null;
  /** What was wrong when it was last asked. */
  readonly error: string | null;
}

/** A log that this instance witnesses, and what it cosigned last of it. */
export interface WitnessedLog extends WitnessedLogSetting {
  readonly size: number;
  readonly cosignedAt: string | null;
}

export const getWitnessSettings = defineRead({
  name: 'GET_WITNESS_SETTINGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run: async ({ reader, services }) =>
    asWitnessSettings(reader, services, await readSetting(reader, 'witnesses')),
});

const vkeyText = z.string().trim().max(512);

/** Text that `parse` takes; what is wrong with it is the issue. */
function vkeySchema(parse: (vkey: string, sha256: Sha256) => VerifierKey | { readonly name: string }) {
  return vkeyText.superRefine((vkey, context) => {
    try {
      parse(vkey, sha256);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });
}

/** What may name a key in a note; nothing for the name made from the ledger's. */
const keyName = z
  .string()
  .max(256)
  .refine((name) => name === '' || isKeyName(name), 'must have no spaces, plus signs or control characters');

const settingsInput = z.strictObject({
  witnesses: z
    .array(
      z.strictObject({
        name: nameSchema,
        vkey: vkeySchema(parseWitnessKey),
        url: z.url({ protocol: /^https?$/, error: 'not an http:// or https:// address' }).max(2_048),
      }),
    )
    .max(witnessesMax, `at most ${witnessesMax} witnesses`)
    .superRefine((witnesses, context) => {
      requireUnique(context, witnesses, 'name', ({ name }) => nameKey(name), 'another witness has this name');
      requireUnique(context, witnesses, 'vkey', encodedKey, 'another witness has this key');
    }),
  required: z.int().min(0, 'must not be negative'),
  ownWitness: z.strictObject({
    enabled: z.boolean(),
    name: keyName.nullish(),
    logs: z
      .array(z.strictObject({ origin: z.string().max(512).nullish(), vkey: vkeySchema(parseVerifierKey) }))
      .max(logsMax, `at most ${logsMax} logs`)
      .transform((logs) => logs.map(({ origin, vkey }) => ({ origin: origin || nameOf(vkey), vkey })))
      .superRefine((logs, context) => {
        requireUnique(context, logs, 'origin', ({ origin }) => origin, 'another log has this origin');
      }),
  }),
});

export const updateWitnessSettings = defineChange({
  name: 'UPDATE_WITNESS_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: settingsInput.superRefine(({ witnesses, required }, context) => {
      if (required <= witnesses.length) return;
      const message = `there are only ${witnesses.length} witnesses`;
      context.addIssue({ code: 'custom', path: ['required'], message });
    }),
  }),
  async prepare({ services }, { input }) {
    if (input.ownWitness.enabled) await createKey(services);
  },
  async run({ transactor, services, annotate }, { input }) {
    const before = await readSetting(transactor, 'witnesses');
    const { enabled, name, logs } = input.ownWitness;
    const after = { ...input, ownWitness: { enabled, name: name ?? '', logs } };
    requireOthers(after, services);
    await writeSetting(transactor, 'witnesses', after);
    annotate.details({ before, after });
    return { witnessSettings: await asWitnessSettings(transactor, services, after) };
  },
});

/** The name of this instance's witness key. */
export function ownWitnessName({ name }: Settings['witnesses']['ownWitness'], { ledger }: Services): string {
  return name === '' ? `${nameOf(ledger.vkey)}/witness` : name;
}

async function createKey({ witnessSigner }: Services): Promise<void> {
  try {
    await witnessSigner.create();
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    throw new ActionError('UNAVAILABLE', "The file of the witness's key could not be written", { cause });
  }
}

/** An instance that vouches for itself vouches for nothing. */
function requireOthers({ witnesses, ownWitness }: Settings['witnesses'], services: Services): void {
  const own = services.witnessSigner.key(ownWitnessName(ownWitness, services));
  if (own === undefined) return;
  const at = witnesses.findIndex(
    (witness) => encodedKey(witness) === encodedKey({ vkey: formatVerifierKey(own) }),
  );
  if (at < 0) return;
  const field = `input.witnesses.${at}.vkey`;
  throw new ActionError('INVALID_INPUT', `${field}: this is the key of this instance itself`, { field });
}

async function asWitnessSettings(
  rows: Pick<Reader, 'selectFrom'>,
  services: Services,
  { witnesses, required, ownWitness }: Settings['witnesses'],
) {
  const states = new Map(
    (await rows.selectFrom('witness_states').selectAll().execute()).map((row) => [row.vkey, row]),
  );
  const cosigned = new Map(
    (await rows.selectFrom('cosigned_logs').selectAll().execute()).map((row) => [row.origin, row]),
  );
  const name = ownWitnessName(ownWitness, services);
  const key = services.witnessSigner.key(name);
  return {
    witnesses: witnesses.map((witness): LedgerWitness => {
      const { size = 0, cosigned_at: cosignedAt = null, error = null } = states.get(witness.vkey) ?? {};
      return { ...witness, size, cosignedAt, error };
    }),
    required,
    ownWitness: {
      enabled: ownWitness.enabled,
      name,
      vkey: key === undefined ? null : formatVerifierKey(key),
      logs: ownWitness.logs.map((log): WitnessedLog => {
        const { size = 0, cosigned_at: cosignedAt = null } = cosigned.get(log.origin) ?? {};
        return { ...log, size, cosignedAt };
      }),
    },
  };
}

/** Says of the second of two items that are alike in something which of its fields is at fault. */
function requireUnique<Item>(
  context: z.RefinementCtx,
  items: readonly Item[],
  field: keyof Item & string,
  likeness: (item: Item) => string,
  message: string,
): void {
  const seen = new Set<string>();
  for (const [at, item] of items.entries()) {
    if (seen.has(likeness(item))) context.addIssue({ code: 'custom', path: [at, field], message });
    seen.add(likeness(item));
  }
}

function nameOf(vkey: string): string {
  return vkey.split('+', 1)[0] ?? '';
}

/** The part of a vkey that is the same under any name: the public key and its type. */
function encodedKey({ vkey }: { readonly vkey: string }): string {
  return vkey.split('+').slice(2).join('+');
}

function isKeyName(name: string): boolean {
  try {
    return createVerifierKey(name, new Uint8Array(32), sha256).name === name;
  } catch {
    return false;
  }
}
