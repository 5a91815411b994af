import * as z from 'zod';
import { emailAddressSchema } from '../../access/email-address.ts';
import { optionalNameSchema } from '../../access/text-field.ts';
import type { Rows } from '../../store/store.ts';
import { defineChange, defineRead } from '../action.ts';
import { auditLogSource } from '../log-source/audit-log-source.ts';
import { readSetting, writeSetting } from './settings.ts';

export const getGeneralSettings = defineRead({
  name: 'GET_GENERAL_SETTINGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run: async ({ reader, services }) => ({
    pantherVersion: services.version,
    ...(await generalSettings(reader)),
  }),
});

/** An origin (RFC 6454), as the console lives at the top of its host; in its normal form, or empty for none. */
const publicURL = z
  .string('must be text')
  .trim()
  .max(2_048)
  .refine((text) => text === '' || isOrigin(text), {
    error:
      'must be an http:// or https:// address with nothing after it, such as https://pawprint.example.com',
  })
  .transform((text) => (text === '' ? '' : new URL(text).origin));

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && !/[?#]/.test(text)
  );
}

/** What is not given stays. */
export const updateGeneralSettings = defineChange({
  name: 'UPDATE_GENERAL_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({
      companyName: optionalNameSchema,
      supportEmail: emailAddressSchema.or(z.literal('')).nullish(),
      publicURL: publicURL.nullish(),
    }),
  }),
  async run({ transactor, services, annotate }, { input }) {
    const before = await generalSettings(transactor);
    if (input.companyName !== undefined)
      await writeSetting(transactor, 'companyName', input.companyName ?? '');
    if (input.supportEmail != null) await writeSetting(transactor, 'supportEmail', input.supportEmail);
    if (input.publicURL != null) await writeSetting(transactor, 'publicURL', input.publicURL);
    const after = await generalSettings(transactor);
    annotate.details({ before, after });
    return { generalSettings: { pantherVersion: services.version, ...after } };
  },
});

async function generalSettings(rows: Rows) {
  return {
    companyName: await readSetting(rows, 'companyName'),
    supportEmail: await readSetting(rows, 'supportEmail'),
    publicURL: await readSetting(rows, 'publicURL'),
    auditLogsEnabled: (await auditLogSource(rows)) !== undefined,
  };
}
