import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const samlFields =
  'enabled identityProviderURL identityProviderIssuer identityProviderCertificate defaultRole { name }';
const operations = {
  updateGeneral: `mutation ($input: UpdateGeneralSettingsInput!) {
    updateGeneralSettings(input: $input) { generalSettings { companyName supportEmail publicURL auditLogsEnabled pantherVersion } }
  }`,
  updateSaml: `mutation ($input: UpdateSamlSettingsInput!) {
    updateSamlSettings(input: $input) { samlSettings { ${samlFields} } }
  }`,
};

const noSaml = {
  enabled: false,
  identityProviderURL: '',
  identityProviderIssuer: '',
  identityProviderCertificate: '',
};
const saml = {
  enabled: true,
  identityProviderURL: 'https://id.example.com/sso',
  identityProviderIssuer: 'https://id.example.com',
  identityProviderCertificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
};

const { roleByName: analyst } = await admin.ask<{ roleByName: { id: string } }>(
  '{ roleByName(name: "Analyst") { id } }',
);

testActions(instance, [
  {
    operation: '{ generalSettings { companyName } }',
    action: 'GET_GENERAL_SETTINGS',
    description: 'Fetches the general settings',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: operations.updateGeneral,
    action: 'UPDATE_GENERAL_SETTINGS',
    description: 'Updates the general settings',
    permission: 'GeneralSettingsModify',
    given: () => ({
      input: {
        companyName: 'Example Ltd',
        supportEmail: 'help@example.com',
        publicURL: 'https://Pawprint.example.com:443/',
      },
    }),
    details: ({ updateGeneralSettings: { generalSettings } }) => {
      const { pantherVersion: _, ...after } = generalSettings;
      assert.deepEqual(after, {
        companyName: 'Example Ltd',
        supportEmail: 'help@example.com',
        publicURL: 'https://pawprint.example.com',
        auditLogsEnabled: false,
      });
      const before = { companyName: '', supportEmail: '', publicURL: '', auditLogsEnabled: false };
      return { before, after };
    },
    refusals: [
      {
        variables: { input: { companyName: 'Example\u202eLtd' } },
        field: 'input.companyName',
        message: 'input.companyName: must not contain control characters or broken Unicode',
      },
      {
        variables: { input: { supportEmail: 'nobody' } },
        field: 'input.supportEmail',
        message: 'input.supportEmail: must be an e-mail address such as ada@example.com',
      },
      ...[
        'pawprint.example.com',
        'javascript:alert(1)',
        'ftp://pawprint.example.com',
        'https://ada:pw@pawprint.example.com',
        'https://pawprint.example.com/console',
        'https://pawprint.example.com/?',
        'https://pawprint.example.com/#top',
      ].map((publicURL) => ({
        variables: { input: { publicURL } },
        field: 'input.publicURL',
        message:
          'input.publicURL: must be an http:// or https:// address with nothing after it, such as https://pawprint.example.com',
      })),
    ],
  },
  {
    operation: `{ samlSettings { ${samlFields} } }`,
    action: 'GET_SAML_SETTINGS',
    description: 'Fetches the single sign-on settings',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: operations.updateSaml,
    action: 'UPDATE_SAML_SETTINGS',
    description: 'Updates the single sign-on settings',
    permission: 'GeneralSettingsModify',
    given: () => ({ input: { ...saml, defaultRole: { kind: 'NAME', value: 'analyst' } } }),
    details: ({ updateSamlSettings: { samlSettings } }) => {
      assert.deepEqual(samlSettings, { ...saml, defaultRole: { name: 'Analyst' } });
      return {
        before: { ...noSaml, defaultRoleId: null },
        after: { ...saml, defaultRoleId: analyst.id },
      };
    },
    refusals: [
      {
        variables: { input: { ...saml, identityProviderURL: 'http://id.example.com/sso' } },
        field: 'input.identityProviderURL',
        message: 'input.identityProviderURL: not an https:// address',
      },
      {
        variables: { input: { ...saml, identityProviderIssuer: 'https://id\u0000' } },
        field: 'input.identityProviderIssuer',
        message: 'input.identityProviderIssuer: must not contain NUL or broken Unicode',
      },
      {
        variables: { input: { ...saml, identityProviderCertificate: 'PEM\u0000' } },
        field: 'input.identityProviderCertificate',
        message: 'input.identityProviderCertificate: must not contain NUL or broken Unicode',
      },
      {
        variables: { input: { ...saml, defaultRole: { kind: 'ID', value: 'gone' } } },
        code: 'NOT_FOUND',
        field: 'input.defaultRole.value',
        message: 'There is no role gone',
      },
    ],
  },
]);

test('a setting that is left out stays, and empty text takes it away', async () => {
  await admin.ask(operations.updateGeneral, {
    input: { companyName: 'Pine', supportEmail: 'help@example.com' },
  });
  await admin.ask(operations.updateGeneral, { input: { companyName: 'Oak' } });
  const read = '{ generalSettings { companyName supportEmail } }';
  assert.deepEqual(await admin.ask(read), {
    generalSettings: { companyName: 'Oak', supportEmail: 'help@example.com' },
  });
  await admin.ask(operations.updateGeneral, { input: { companyName: null, supportEmail: '' } });
  assert.deepEqual(await admin.ask(read), { generalSettings: { companyName: '', supportEmail: '' } });
});

test('links lead to the public address, and to where the instance listens while there is none', async () => {
  const invitationLink = async (email: string) => {
    const { inviteUser } = await admin.ask<{ inviteUser: { user: { id: string }; invitationLink: string } }>(
      `mutation ($email: Email!) { inviteUser(input: { email: $email, role: { kind: NAME, value: "Analyst" } }) {
        user { id } invitationLink } }`,
      { email },
    );
    return inviteUser;
  };
  await admin.ask(operations.updateGeneral, { input: { publicURL: '' } });
  const { user, invitationLink: without } = await invitationLink('without@example.com');
  assert.match(without, new RegExp(`^${instance.address}/invitation#token=`));
  await admin.ask(operations.updateGeneral, { input: { publicURL: 'https://pawprint.example.com:8443' } });
  const { invitationLink: withAddress } = await invitationLink('with@example.com');
  assert.match(withAddress, /^https:\/\/pawprint\.example\.com:8443\/invitation#token=/);
  const { resetUserPassword } = await admin.ask<{ resetUserPassword: { resetLink: string } }>(
    'mutation ($id: ID!) { resetUserPassword(input: { id: $id }) { resetLink } }',
    { id: user.id },
  );
  assert.match(resetUserPassword.resetLink, /^https:\/\/pawprint\.example\.com:8443\/invitation#token=/);
});

test('a default role that is deleted is no default role any more', async () => {
  const { createRole } = await admin.ask<{ createRole: { role: { id: string } } }>(
    'mutation { createRole(input: { name: "Guests", permissions: [] }) { role { id } } }',
  );
  const { id } = createRole.role;
  await admin.ask(operations.updateSaml, { input: { ...saml, defaultRole: { kind: 'ID', value: id } } });
  await admin.ask('mutation ($id: ID!) { deleteRole(input: { id: $id }) { id } }', { id });
  assert.deepEqual(await admin.ask(`{ samlSettings { defaultRole { name } } }`), {
    samlSettings: { defaultRole: null },
  });
});
