import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  AnchorCheckpointDocument,
  type AnchorSettingsFormFragment as AnchorSettings,
  AnchorSettingsDocument,
  UpdateAnchorSettingsDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Section } from '../../components/page.tsx';
import { parseList } from '../../components/parse-list.ts';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';

const anchorSettingsQuery = queryOptions({
  queryKey: ['anchor-settings'],
  queryFn: async ({ signal }) => (await graphql(AnchorSettingsDocument, {}, signal)).anchorSettings,
  // What was sent last changes by itself.
  staleTime: 0,
  gcTime: 0,
});

/** Where checkpoints are kept outside, and what was sent there last. */
export function AnchorsSection() {
  const settings = useQuery(anchorSettingsQuery);
  return (
    <Section
      title="Outside Anchors"
      description="Checkpoints kept where nobody who controls this instance can change them show whether its history was rewritten."
    >
      <Loaded query={settings} label="outside anchors">
        {(saved) => (
          <div className="flex flex-col gap-5">
            <Destinations destinations={saved.destinations} />
            <hr className="border-line" />
            <AnchorForm saved={saved} />
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Destinations({ destinations }: Pick<AnchorSettings, 'destinations'>) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const send = useMutation({
    mutationFn: async () => (await graphql(AnchorCheckpointDocument, {})).anchorCheckpoint,
    onSuccess: ({ size, errors }) => {
      if (errors.length === 0) toast(`The checkpoint of ${size} entries was sent`);
      return queryClient.invalidateQueries(anchorSettingsQuery);
    },
  });
  const failures = send.error === null ? (send.data?.errors ?? []) : [send.error.message];
  if (destinations.length === 0) {
    return <p className="text-muted text-sm">Checkpoints are sent nowhere yet.</p>;
  }
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-col gap-2">
        {destinations.map(({ name, size, anchoredAt }) => (
          <li key={name} className="flex flex-wrap justify-between gap-x-4 text-sm">
            <span className="min-w-0 break-all font-medium">{name}</span>
            <span className="text-muted">
              {size !== null && `${size} entries, `}
              <Time value={anchoredAt} never="Nothing sent yet" />
            </span>
          </li>
        ))}
      </ul>
      {failures.map((failure) => (
        <Notice key={failure} tone="bad" title={failure} />
      ))}
      <Button
        pending={send.isPending}
        disabledReason={missing}
        onClick={() => send.mutate()}
        className="self-start"
      >
        Send Now
      </Button>
    </div>
  );
}

/** Undefined leaves the secret that is kept as it is. */
type WebhookDraft = {
  readonly key: number;
  readonly url: string;
  readonly secret?: string;
  readonly hasSecret: boolean;
};

function draftOf({ timestampAuthority, intervalMinutes, webhooks, emails }: AnchorSettings) {
  return {
    url: timestampAuthority?.url ?? '',
    certificates: timestampAuthority?.certificates ?? '',
    intervalMinutes: String(intervalMinutes),
    webhooks: webhooks.map((webhook, key): WebhookDraft => ({ key, ...webhook })),
    emails: emails.join('\n'),
  };
}

function AnchorForm({ saved }: { readonly saved: AnchorSettings }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const disabled = missing !== undefined;
  const [draft, setDraft] = useState(() => draftOf(saved));
  const save = useMutation({
    mutationFn: async () => {
      const { url, certificates, intervalMinutes, webhooks, emails } = draft;
      const input = {
        timestampAuthority: url === '' && certificates === '' ? null : { url, certificates },
        intervalMinutes: Number(intervalMinutes),
        webhooks: webhooks.map(({ url, secret }) => ({ url, ...(secret !== undefined && { secret }) })),
        emails: parseList(emails),
      };
      return (await graphql(UpdateAnchorSettingsDocument, { input })).updateAnchorSettings.anchorSettings;
    },
    onSuccess: (stored) => {
      queryClient.setQueryData(anchorSettingsQuery.queryKey, stored);
      setDraft(draftOf(stored));
      toast('Outside anchors saved');
    },
  });

  return (
    <Form
      error={save.error}
      inputNames={['url', 'certificates', 'intervalMinutes', 'emails']}
      onSubmit={() => save.mutate()}
      className="flex flex-col gap-5"
      footer={
        <Button
          type="submit"
          variant="primary"
          pending={save.isPending}
          disabled={JSON.stringify(draft) === JSON.stringify(draftOf(saved))}
          disabledReason={missing}
          className="self-end"
        >
          Save Changes
        </Button>
      }
    >
      <TextField
        name="intervalMinutes"
        label="Minutes between checkpoints"
        description="Nothing is sent while nothing is added."
        type="number"
        min={1}
        max={10_080}
        disabled={disabled}
        value={draft.intervalMinutes}
        onValueChange={(intervalMinutes) => setDraft({ ...draft, intervalMinutes })}
      />
      <TextField
        name="url"
        label="Time stamping authority"
        description="Its address (RFC 3161). Time stamps are kept with the ledger, for anyone to check."
        type="url"
        placeholder="https://"
        disabled={disabled}
        value={draft.url}
        onValueChange={(url) => setDraft({ ...draft, url })}
      />
      <TextAreaField
        name="certificates"
        label="Certificates trusted for it"
        description="In PEM form: its own, or the root its certificate leads to."
        mono
        rows={4}
        disabled={disabled}
        value={draft.certificates}
        onValueChange={(certificates) => setDraft({ ...draft, certificates })}
      />
      <Webhooks
        webhooks={draft.webhooks}
        disabled={disabled}
        onChange={(webhooks) => setDraft({ ...draft, webhooks })}
      />
      <TextAreaField
        name="emails"
        label="E-mail addresses"
        description={
          saved.emailOffered
            ? 'One on a line.'
            : 'The operator of this instance has not set a mail server (PAWPRINT_SMTP_URL).'
        }
        disabled={disabled || !saved.emailOffered}
        value={draft.emails}
        onValueChange={(emails) => setDraft({ ...draft, emails })}
      />
    </Form>
  );
}

type WebhooksProps = {
  readonly webhooks: readonly WebhookDraft[];
  readonly disabled: boolean;
  readonly onChange: (webhooks: WebhookDraft[]) => void;
};

function Webhooks({ webhooks, disabled, onChange }: WebhooksProps) {
  const change = (key: number, changed: Partial<WebhookDraft>) =>
    onChange(webhooks.map((webhook) => (webhook.key === key ? { ...webhook, ...changed } : webhook)));
  const nextKey = Math.max(-1, ...webhooks.map(({ key }) => key)) + 1;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium text-ink text-sm">Webhooks</legend>
      {webhooks.map(({ key, url, secret, hasSecret }) => (
        <div key={key} className="flex items-end gap-2">
          <TextField
            name={`webhook-${key}`}
            label="Address"
            className="min-w-0 flex-2"
            type="url"
            placeholder="https://"
            disabled={disabled}
            value={url}
            onValueChange={(url) => change(key, { url })}
          />
          <TextField
            name={`webhook-secret-${key}`}
            label="Secret"
            className="min-w-0 flex-1"
            type="password"
            autoComplete="new-password"
            placeholder={hasSecret ? 'unchanged' : 'none'}
            disabled={disabled}
            value={secret ?? ''}
            onValueChange={(secret) => change(key, { secret })}
          />
          <IconButton
            label={`Remove the webhook ${url}`}
            icon={Trash2}
            disabled={disabled}
            onClick={() => onChange(webhooks.filter((webhook) => webhook.key !== key))}
          />
        </div>
      ))}
      <Button
        size="small"
        icon={Plus}
        disabled={disabled}
        className="self-start"
        onClick={() => onChange([...webhooks, { key: nextKey, url: '', hasSecret: false }])}
      >
        Add Webhook
      </Button>
      <p className="text-muted text-xs">
        Gets each checkpoint as JSON, signed with HMAC-SHA256 in the header X-Pawprint-Signature-256 where
        there is a secret.
      </p>
    </fieldset>
  );
}
