import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  DisableAuditLogsDocument,
  EnableAuditLogsDocument,
  GeneralSettingsDocument,
  type GeneralSettingsQuery,
  UpdateGeneralSettingsDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page, Section } from '../../components/page.tsx';
import { useToast } from '../../components/toast.tsx';
import { ToggleField } from '../../components/toggle-field.tsx';

type GeneralSettings = GeneralSettingsQuery['generalSettings'];

const generalSettingsQuery = queryOptions({
  queryKey: ['general-settings'],
  queryFn: async ({ signal }) => (await graphql(GeneralSettingsDocument, {}, signal)).generalSettings,
  // The switch is a log source, which can be deleted on its own page.
  staleTime: 0,
  gcTime: 0,
});

export function GeneralSettingsPage() {
  const settings = useQuery(generalSettingsQuery);
  return (
    <Page title="General">
      <Section title="Main Information">
        <Loaded query={settings} label="settings">
          {(saved) => <MainInformation saved={saved} />}
        </Loaded>
      </Section>
    </Page>
  );
}

/** Saving sends only what was changed, so that the record of it says exactly that. */
function MainInformation({ saved }: { readonly saved: GeneralSettings }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const [draft, setDraft] = useState(saved);
  const texts = {
    ...(draft.companyName !== saved.companyName && { companyName: draft.companyName }),
    ...(draft.supportEmail !== saved.supportEmail && { supportEmail: draft.supportEmail }),
    ...(draft.publicURL !== saved.publicURL && { publicURL: draft.publicURL }),
  };
  const textsChanged = Object.keys(texts).length > 0;
  const switchChanged = draft.auditLogsEnabled !== saved.auditLogsEnabled;
  const store = (stored: Partial<GeneralSettings>) =>
    queryClient.setQueryData(generalSettingsQuery.queryKey, (before) => before && { ...before, ...stored });

  const save = useMutation({
    mutationFn: async () => {
      if (textsChanged) {
        const { updateGeneralSettings } = await graphql(UpdateGeneralSettingsDocument, { input: texts });
        store(updateGeneralSettings.generalSettings);
        setDraft((now) => ({ ...now, ...updateGeneralSettings.generalSettings }));
      }
      if (switchChanged) {
        if (draft.auditLogsEnabled) await graphql(EnableAuditLogsDocument, {});
        else await graphql(DisableAuditLogsDocument, {});
        store({ auditLogsEnabled: draft.auditLogsEnabled });
        queryClient.removeQueries({ queryKey: ['log-sources'] });
      }
    },
    onSuccess: () => toast('Settings saved'),
  });

  return (
    <Form
      error={save.error}
      inputNames={['companyName', 'supportEmail', 'publicURL']}
      onSubmit={() => save.mutate()}
      className="flex flex-col gap-5"
      footer={
        <div className="flex items-center justify-between gap-4">
          <span className="text-muted text-xs">Version {saved.pantherVersion}</span>
          <Button
            type="submit"
            variant="primary"
            pending={save.isPending}
            disabled={!textsChanged && !switchChanged}
            disabledReason={missing}
          >
            Save Changes
          </Button>
        </div>
      }
    >
      {missing && (
        <Notice tone="info" title="You can read these settings but not change them">
          {missing}
        </Notice>
      )}
      <TextField
        name="companyName"
        label="Company name"
        autoComplete="organization"
        disabled={missing !== undefined}
        value={draft.companyName}
        onValueChange={(companyName) => setDraft({ ...draft, companyName })}
      />
      <TextField
        name="supportEmail"
        label="Support e-mail"
        description="Whom users of this instance ask for help."
        type="email"
        autoComplete="off"
        disabled={missing !== undefined}
        value={draft.supportEmail}
        onValueChange={(supportEmail) => setDraft({ ...draft, supportEmail })}
      />
      <TextField
        name="publicURL"
        label="Public address"
        description="Where links lead that the instance makes: of alerts, invitations and new passwords. Empty for the address that it listens at."
        inputMode="url"
        placeholder="https://pawprint.example.com"
        autoComplete="off"
        disabled={missing !== undefined}
        value={draft.publicURL}
        onValueChange={(publicURL) => setDraft({ ...draft, publicURL })}
      />
      <hr className="border-line" />
      <ToggleField
        name="auditLogsEnabled"
        label="Enable Panther Audit Logs"
        description="Makes the audit log a log source, so that its records can be queried in the data lake. The history itself is always kept, whether this is on or off."
        disabled={missing !== undefined}
        checked={draft.auditLogsEnabled}
        onChange={(auditLogsEnabled) => setDraft({ ...draft, auditLogsEnabled })}
      />
    </Form>
  );
}
