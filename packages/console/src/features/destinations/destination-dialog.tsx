import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  type AlertType,
  CreateDestinationDocument,
  type DestinationRowFragment,
  type Severity,
  UpdateDestinationDocument,
} from '../../api/operations.ts';
import { withRow } from '../../api/rows.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { parseList } from '../../components/parse-list.ts';
import { SelectField } from '../../components/select-field.tsx';
import { useToast } from '../../components/toast.tsx';
import { severityLabels, typeLabels } from '../alerts/alert-words.ts';
import { useUpdateDestinations } from './destinations-query.ts';

type DestinationDialogProps = {
  readonly destination: DestinationRowFragment | undefined;
  readonly onClose: () => void;
};

const types = [
  { value: 'webhook', label: 'Webhook', hint: 'A JSON POST to an address' },
  { value: 'email', label: 'E-mail', hint: 'A message by the operator’s mail server' },
] as const;
type Type = (typeof types)[number]['value'];

const allTypes = Object.keys(typeLabels) as AlertType[];
const allSeverities = Object.keys(severityLabels) as Severity[];

/** Adds a destination, or changes the one given. */
export function DestinationDialog({ destination, onClose }: DestinationDialogProps) {
  const formId = useId();
  const toast = useToast();
  const updateDestinations = useUpdateDestinations();
  const [name, setName] = useState(destination?.name ?? '');
  const [type, setType] = useState<Type>((destination?.type as Type | undefined) ?? 'webhook');
  const [url, setUrl] = useState(destination?.webhook?.url ?? '');
  // Null while it is not touched: what is left out stays.
  const [secret, setSecret] = useState<string | null>(null);
  const [addresses, setAddresses] = useState(destination?.email?.addresses.join('\n') ?? '');
  const [severities, setSeverities] = useState<readonly Severity[]>(destination?.severities ?? allSeverities);
  const [alertTypes, setAlertTypes] = useState<readonly AlertType[]>(
    destination?.alertTypes.length ? destination.alertTypes : allTypes,
  );
  const [logTypes, setLogTypes] = useState(destination?.logTypes.join('\n') ?? '');
  const save = useMutation({
    mutationFn: async () => {
      const input = {
        name,
        severities,
        // All of them means those to come too.
        alertTypes: alertTypes.length === allTypes.length ? [] : alertTypes,
        logTypes: parseList(logTypes),
        ...(type === 'webhook'
          ? { webhook: { url, ...(secret !== null && { secret }) } }
          : { email: { addresses: parseList(addresses) } }),
      };
      if (destination === undefined) {
        return (await graphql(CreateDestinationDocument, { input })).createAlertDestination.destination;
      }
      const changed = { id: destination.id, ...input };
      return (await graphql(UpdateDestinationDocument, { input: changed })).updateAlertDestination
        .destination;
    },
    onSuccess: (saved) => {
      updateDestinations((rows) => withRow(rows, saved));
      toast(`Saved ${saved.name}`);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={destination === undefined ? 'Add destination' : 'Edit destination'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            pending={save.isPending}
            disabled={alertTypes.length === 0}
          >
            {destination === undefined ? 'Add' : 'Save'}
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={save.error}
        inputNames={['name', 'url', 'secret', 'addresses', 'logTypes', 'email']}
        onSubmit={() => save.mutate()}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            name="name"
            label="Name"
            autoComplete="off"
            required
            value={name}
            onValueChange={setName}
          />
          <SelectField
            name="type"
            label="Type"
            value={type}
            onChange={setType}
            options={types}
            disabled={destination !== undefined}
          />
        </div>
        {type === 'webhook' ? (
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              name="url"
              label="Address"
              type="url"
              required
              placeholder="https://example.com/alerts"
              value={url}
              onValueChange={setUrl}
            />
            <TextField
              name="secret"
              label="Secret"
              description={
                destination?.webhook?.hasSecret
                  ? 'There is one, which stays unless you type another.'
                  : 'Signs each body; empty for none.'
              }
              type="password"
              autoComplete="new-password"
              value={secret ?? ''}
              onValueChange={setSecret}
            />
          </div>
        ) : (
          <TextAreaField
            name="addresses"
            label="E-mail addresses"
            description="One a line."
            required
            value={addresses}
            onValueChange={setAddresses}
          />
        )}
        <CheckboxGroup
          label="Severities of detections that come here by themselves"
          options={severityLabels}
          value={severities}
          onChange={setSeverities}
        />
        <CheckboxGroup
          label="Kinds of alerts"
          options={typeLabels}
          value={alertTypes}
          onChange={setAlertTypes}
        />
        <TextAreaField
          name="logTypes"
          label="Log types"
          description="One a line, such as Panther.Audit. Empty: all."
          mono
          rows={2}
          value={logTypes}
          onValueChange={setLogTypes}
        />
      </Form>
    </Dialog>
  );
}

type CheckboxGroupProps<Value extends string> = {
  readonly label: string;
  readonly options: Readonly<Record<Value, string>>;
  readonly value: readonly Value[];
  readonly onChange: (value: readonly Value[]) => void;
};

function CheckboxGroup<Value extends string>({ label, options, value, onChange }: CheckboxGroupProps<Value>) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="font-medium text-sm">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {(Object.entries(options) as [Value, string][]).map(([option, text]) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the box is one
          <label key={option} className="flex items-center gap-2 text-sm">
            <Checkbox
              checked={value.includes(option)}
              onCheckedChange={(checked) =>
                onChange(checked ? [...value, option] : value.filter((other) => other !== option))
              }
            />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
