import type { Rows, Transactor } from '../../store/store.ts';

/** What the instance keeps as settings, with the values of a new instance. */
const defaults = {
  companyName: '',
  supportEmail: '',
  /** Where people reach the instance, such as `https://pawprint.example.com`; empty for where it listens. */
  publicURL: '',
  saml: {
    enabled: false,
    identityProviderURL: '',
    identityProviderIssuer: '',
    identityProviderCertificate: '',
    defaultRoleId: null as string | null,
  },
  anchors: {
    timestampAuthority: null as { readonly url: string; readonly certificates: string } | null,
    intervalMinutes: 60,
    /** The secret signs requests, so it is kept as it is; it is never shown or recorded. */
    webhooks: [] as readonly { readonly url: string; readonly secret: string | null }[],
    emails: [] as readonly string[],
  },
  witnesses: {
    /** Whose cosignatures the ledger's checkpoints are to have. */
    witnesses: [] as readonly WitnessSetting[],
    /** Of how many of them at least. */
    required: 0,
    /** What this instance does as a witness of others. */
    ownWitness: {
      enabled: false,
      /** Empty for a name made from the ledger's. */
      name: '',
      logs: [] as readonly WitnessedLogSetting[],
    },
  },
};

export interface WitnessSetting {
  /** What people here call it. */
  readonly name: string;
  readonly vkey: string;
  /** The submission prefix (C2SP tlog-witness). */
  readonly url: string;
}

export interface WitnessedLogSetting {
  readonly origin: string;
  readonly vkey: string;
}

export type Settings = typeof defaults;

/** The stored value of a setting, or a new instance's. */
export async function readSetting<Name extends keyof Settings>(
  rows: Rows,
  name: Name,
): Promise<Settings[Name]> {
  const row = await rows.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? defaults[name] : JSON.parse(row.value);
}

export async function writeSetting<Name extends keyof Settings>(
  transactor: Transactor,
  name: Name,
  value: Settings[Name],
): Promise<void> {
  const text = JSON.stringify(value);
  await transactor
    .insertInto('settings')
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text }))
    .execute();
}
