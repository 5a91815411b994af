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

/** What is not given stays. */
export const updateGeneralSettings = defineChange({
  name: 'UPDATE_GENERAL_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({
      companyName: optionalNameSchema,
      supportEmail: emailAddressSchema.or(z.literal('')).nullish(),
    }),
  }),
  async run({ transactor, services, annotate }, { input }) {
    const before = await generalSettings(transactor);
    if (input.companyName !== undefined)
      await writeSetting(transactor, 'companyName', input.companyName ?? '');
    if (input.supportEmail != null) await writeSetting(transactor, 'supportEmail', input.supportEmail);
    const after = await generalSettings(transactor);
    annotate.details({ before, after });
    return { generalSettings: { pantherVersion: services.version, ...after } };
  },
});

async function generalSettings(rows: Rows) {
  return {
    companyName: await readSetting(rows, 'companyName'),
    supportEmail: await readSetting(rows, 'supportEmail'),
    auditLogsEnabled: (await auditLogSource(rows)) !== undefined,
  };
}
