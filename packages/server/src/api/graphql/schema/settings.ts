import { disableAuditLogs } from '../../../actions/log-source/disable-audit-logs.ts';
import { enableAuditLogs } from '../../../actions/log-source/enable-audit-logs.ts';
import { getGeneralSettings, updateGeneralSettings } from '../../../actions/settings/general-settings.ts';
import { getSamlSettings, updateSamlSettings } from '../../../actions/settings/saml-settings.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { logIntegrationRef } from './log-sources.ts';
import { idPayload, input, payload } from './payload.ts';
import { roleRef } from './references.ts';
import { userRoleInput } from './roles.ts';

const generalSettingsRef = builder.objectRef<Output<typeof getGeneralSettings>>('GeneralSettings').implement({
  fields: (t) => ({
    pantherVersion: t.exposeString('pantherVersion'),
    companyName: t.exposeString('companyName'),
    supportEmail: t.exposeString('supportEmail'),
    publicURL: t.exposeString('publicURL', {
      description: 'Where links lead that the instance makes; empty for where it listens',
    }),
    auditLogsEnabled: t.exposeBoolean('auditLogsEnabled', {
      description: 'Whether the audit log is one of the log sources',
    }),
  }),
});

const samlSettingsRef = builder.objectRef<Output<typeof getSamlSettings>>('SamlSettings').implement({
  fields: (t) => ({
    enabled: t.exposeBoolean('enabled'),
    identityProviderURL: t.exposeString('identityProviderURL'),
    identityProviderIssuer: t.exposeString('identityProviderIssuer'),
    identityProviderCertificate: t.exposeString('identityProviderCertificate'),
    defaultRole: t.field({ type: roleRef, nullable: true, resolve: ({ defaultRole }) => defaultRole }),
  }),
});

queryField('generalSettings', {
  action: getGeneralSettings,
  type: generalSettingsRef,
  description: 'Fetches the general settings',
  audience: 'public',
});

mutationField('updateGeneralSettings', {
  action: updateGeneralSettings,
  type: payload('UpdateGeneralSettingsOutput', 'generalSettings', generalSettingsRef),
  args: input(
    builder.inputType('UpdateGeneralSettingsInput', {
      fields: (t) => ({ companyName: t.string(), supportEmail: t.string(), publicURL: t.string() }),
    }),
  ),
  description: 'Updates the general settings',
  audience: 'internal',
});

mutationField('enableAuditLogs', {
  action: enableAuditLogs,
  type: payload('EnableAuditLogsOutput', 'source', logIntegrationRef),
  description: 'Adds the audit log as a log source',
  audience: 'internal',
});

mutationField('disableAuditLogs', {
  action: disableAuditLogs,
  type: idPayload('DisableAuditLogsOutput'),
  description: 'Removes the audit log from the log sources',
  audience: 'internal',
});

queryField('samlSettings', {
  action: getSamlSettings,
  type: samlSettingsRef,
  description: 'Fetches the single sign-on settings',
  audience: 'internal',
});

mutationField('updateSamlSettings', {
  action: updateSamlSettings,
  type: payload('UpdateSamlSettingsOutput', 'samlSettings', samlSettingsRef),
  args: input(
    builder.inputType('UpdateSamlSettingsInput', {
      fields: (t) => ({
        enabled: t.boolean({ required: true }),
        identityProviderURL: t.string({ required: true }),
        identityProviderIssuer: t.string({ required: true }),
        identityProviderCertificate: t.string({ required: true }),
        defaultRole: t.field({ type: userRoleInput }),
      }),
    }),
  ),
  description: 'Updates the single sign-on settings',
  audience: 'internal',
});
