import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  SamlDefaultRolesDocument,
  SamlSettingsDocument,
  type SamlSettingsQuery,
  UpdateSamlSettingsDocument,
} from '../../api/operations.ts';
import { useMissing, useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page, Section } from '../../components/page.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { useToast } from '../../components/toast.tsx';
import { ToggleField } from '../../components/toggle-field.tsx';

type SamlSettings = SamlSettingsQuery['samlSettings'];

const samlSettingsQuery = queryOptions({
  queryKey: ['saml-settings'],
  queryFn: async ({ signal }) => (await graphql(SamlSettingsDocument, {}, signal)).samlSettings,
});
const samlDefaultRolesQuery = queryOptions({
  queryKey: ['saml-default-roles'],
  queryFn: async ({ signal }) => (await graphql(SamlDefaultRolesDocument, {}, signal)).roles,
  staleTime: 0,
  gcTime: 0,
});

export function SamlSettingsPage() {
  const settings = useQuery(samlSettingsQuery);
  return (
    <Page title="SAML">
      <Section
        title="Identity provider"
        description="Single sign-on through your organization’s identity provider."
      >
        <Loaded query={settings} label="SAML settings">
          {(saved) => <SamlForm saved={saved} />}
        </Loaded>
      </Section>
    </Page>
  );
}

function SamlForm({ saved }: { readonly saved: SamlSettings }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const mayListRoles = useSession().permissions.includes('UserRead');
  const roles = useQuery({ ...samlDefaultRolesQuery, enabled: mayListRoles });
  const [draft, setDraft] = useState(saved);
  const disabled = missing !== undefined;
  const save = useMutation({
    mutationFn: async () => {
      const { defaultRole, ...stored } = draft;
      const input = { ...stored, defaultRole: defaultRole && { kind: 'ID' as const, value: defaultRole.id } };
      return (await graphql(UpdateSamlSettingsDocument, { input })).updateSamlSettings.samlSettings;
    },
    onSuccess: (stored) => {
      queryClient.setQueryData(samlSettingsQuery.queryKey, stored);
      setDraft(stored);
      toast('SAML settings saved');
    },
  });
  const roleOptions = roles.data ?? (saved.defaultRole ? [saved.defaultRole] : []);

  return (
    <Form
      error={save.error}
      inputNames={[
        'identityProviderURL',
        'identityProviderIssuer',
        'identityProviderCertificate',
        'defaultRole',
      ]}
      onSubmit={() => save.mutate()}
      className="flex flex-col gap-5"
      footer={
        <Button
          type="submit"
          variant="primary"
          pending={save.isPending}
          disabled={JSON.stringify(draft) === JSON.stringify(saved)}
          disabledReason={missing}
          className="self-end"
        >
          Save Changes
        </Button>
      }
    >
      {missing && (
        <Notice tone="info" title="You can read these settings but not change them">
          {missing}
        </Notice>
      )}
      <Notice tone="info" title="These values are stored but not used yet">
        Signing in through SAML is not available in this version.
      </Notice>
      <ToggleField
        name="enabled"
        label="Enable SAML"
        disabled={disabled}
        checked={draft.enabled}
        onChange={(enabled) => setDraft({ ...draft, enabled })}
      />
      <TextField
        name="identityProviderURL"
        label="Identity provider URL"
        type="url"
        placeholder="https://"
        disabled={disabled}
        value={draft.identityProviderURL}
        onValueChange={(identityProviderURL) => setDraft({ ...draft, identityProviderURL })}
      />
      <TextField
        name="identityProviderIssuer"
        label="Issuer"
        disabled={disabled}
        value={draft.identityProviderIssuer}
        onValueChange={(identityProviderIssuer) => setDraft({ ...draft, identityProviderIssuer })}
      />
      <TextAreaField
        name="identityProviderCertificate"
        label="Signing certificate"
        description="X.509, in PEM form."
        mono
        rows={6}
        disabled={disabled}
        value={draft.identityProviderCertificate}
        onValueChange={(identityProviderCertificate) => setDraft({ ...draft, identityProviderCertificate })}
      />
      <SelectField
        name="defaultRole"
        label="Default role"
        description="Given to users who sign in for the first time."
        placeholder="None"
        disabled={disabled || !mayListRoles}
        options={roleOptions.map(({ id, name }) => ({ value: id, label: name }))}
        value={draft.defaultRole?.id ?? null}
        onChange={(id) =>
          setDraft({ ...draft, defaultRole: roleOptions.find((role) => role.id === id) ?? null })
        }
      />
    </Form>
  );
}
