import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import { defineChange, defineRead } from '../action.ts';
import { asRoles, requireRole, roleReference } from '../role/load-roles.ts';
import { readSetting, type Settings, writeSetting } from './settings.ts';

export const getSamlSettings = defineRead({
  name: 'GET_SAML_SETTINGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run: async ({ reader }) => asSamlSettings(reader, await readSetting(reader, 'saml')),
});

const url = z.url({ protocol: /^https$/, error: 'not an https:// address' }).max(2_048);

export const updateSamlSettings = defineChange({
  name: 'UPDATE_SAML_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({
      enabled: z.boolean(),
      identityProviderURL: url.or(z.literal('')),
      identityProviderIssuer: z.string().max(2_048),
      identityProviderCertificate: z.string().max(32_768),
      defaultRole: roleReference.nullish(),
    }),
  }),
  async run({ transactor, annotate }, { input }) {
    const before = await readSetting(transactor, 'saml');
    const role =
      input.defaultRole == null
        ? null
        : await requireRole(transactor, input.defaultRole, 'input.defaultRole.value');
    const { defaultRole: _, ...stored } = input;
    const after = { ...stored, defaultRoleId: role?.id ?? null };
    await writeSetting(transactor, 'saml', after);
    annotate.details({ before, after });
    return { samlSettings: await asSamlSettings(transactor, after) };
  },
});

async function asSamlSettings(rows: Rows, { defaultRoleId, ...stored }: Settings['saml']) {
  const row =
    defaultRoleId === null
      ? undefined
      : await rows.selectFrom('roles').selectAll().where('id', '=', defaultRoleId).executeTakeFirst();
  const [role] = row === undefined ? [] : await asRoles(rows, [row]);
  return { ...stored, defaultRole: role ?? null };
}
