import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useMissing } from '../../api/session.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { ToggleField } from '../../components/toggle-field.tsx';
import { KeyText } from './key-text.tsx';
import {
  settingsInput,
  useSaveWitnessSettings,
  type WitnessSettings,
  witnessSettingsQuery,
} from './witness-settings.ts';
import { WitnessedLogDialog } from './witnessed-log-dialog.tsx';

/** What this instance does as a witness of other ledgers. */
export function OwnWitnessSection() {
  const settings = useQuery(witnessSettingsQuery);
  return (
    <Section
      title="Witness for Others"
      description="Other ledgers can have their checkpoints cosigned here. Their address for this is that of the instance, with /witness."
    >
      <Loaded query={settings} label="settings">
        {(saved) => <OwnWitness saved={saved} />}
      </Loaded>
    </Section>
  );
}

function OwnWitness({ saved }: { readonly saved: WitnessSettings }) {
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const [adding, setAdding] = useState(false);
  const { ownWitness } = saved;
  const own = settingsInput(saved).ownWitness;
  const [draft, setDraft] = useState({ enabled: ownWitness.enabled, name: ownWitness.name });
  const save = useSaveWitnessSettings(saved, ({ ownWitness: { enabled, name } }) => {
    setDraft({ enabled, name });
    toast('Settings saved');
  });
  const remove = (origin: string) =>
    save.mutate({ ownWitness: { ...own, logs: own.logs.filter((log) => log.origin !== origin) } });
  return (
    <div className="flex flex-col gap-5">
      <Form
        error={save.error}
        inputNames={['enabled', 'name']}
        onSubmit={() => save.mutate({ ownWitness: { ...own, ...draft } })}
        footer={
          <Button
            type="submit"
            variant="primary"
            pending={save.isPending}
            disabled={draft.enabled === ownWitness.enabled && draft.name === ownWitness.name}
            disabledReason={missing}
            className="self-end"
          >
            Save Changes
          </Button>
        }
      >
        <ToggleField
          name="enabled"
          label="Cosign for other ledgers"
          disabled={missing !== undefined}
          checked={draft.enabled}
          onChange={(enabled) => setDraft({ ...draft, enabled })}
        />
        <TextField
          name="name"
          label="Name of the key"
          description="Best an address of yours without https://. With another name it is another key to those who trust it."
          autoComplete="off"
          disabled={missing !== undefined}
          value={draft.name}
          onValueChange={(name) => setDraft({ ...draft, name })}
        />
      </Form>
      {ownWitness.vkey !== null && <KeyText label="Public key of this witness" value={ownWitness.vkey} />}
      <ul
        aria-label="Witnessed ledgers"
        className="divide-y divide-line rounded-md border border-line text-sm empty:hidden"
      >
        {ownWitness.logs.map(({ origin, size, cosignedAt }) => (
          <li key={origin} className="flex items-start gap-2 px-3 py-2">
            <div className="min-w-0 flex-1">
              <p className="break-all font-medium">{origin}</p>
              <p className="text-muted text-xs">
                {size.toLocaleString()} entries cosigned, <Time value={cosignedAt} never="never" />
              </p>
            </div>
            <IconButton
              label={`Remove ${origin}`}
              icon={Trash2}
              disabled={missing !== undefined}
              onClick={() => remove(origin)}
            />
          </li>
        ))}
      </ul>
      <Button icon={Plus} className="self-start" disabledReason={missing} onClick={() => setAdding(true)}>
        Add ledger
      </Button>
      {adding && <WitnessedLogDialog saved={saved} onClose={() => setAdding(false)} />}
    </div>
  );
}
