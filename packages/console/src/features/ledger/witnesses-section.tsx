import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Section } from '../../components/page.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { WitnessDialog } from './witness-dialog.tsx';
import {
  settingsInput,
  useSaveWitnessSettings,
  type WitnessSettings,
  witnessSettingsQuery,
} from './witness-settings.ts';

/** Who is to vouch that this ledger only grows, and how they are doing. */
export function WitnessesSection() {
  const settings = useQuery(witnessSettingsQuery);
  return (
    <Section
      title="Witnesses"
      description="Each cosigns a checkpoint only if it goes on from all that it cosigned before. Even whoever has this ledger's key can then not rewrite its history unnoticed."
    >
      <Loaded query={settings} label="witnesses">
        {(saved) => <Witnesses saved={saved} />}
      </Loaded>
    </Section>
  );
}

function Witnesses({ saved }: { readonly saved: WitnessSettings }) {
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const [adding, setAdding] = useState(false);
  const { witnesses, required } = saved;
  const save = useSaveWitnessSettings(saved, () => toast('Witnesses saved'));
  const remove = (vkey: string) => {
    const rest = settingsInput(saved).witnesses.filter((witness) => witness.vkey !== vkey);
    save.mutate({ witnesses: rest, required: Math.min(required, rest.length) });
  };
  return (
    <div className="flex flex-col gap-4">
      {witnesses.length === 0 ? (
        <p className="text-muted text-sm">Nobody but this instance vouches for its history.</p>
      ) : (
        <>
          <SelectField
            name="required"
            label="Required"
            description="A checkpoint counts as witnessed once so many have cosigned it."
            disabled={missing !== undefined || save.isPending}
            options={Array.from({ length: witnesses.length + 1 }, (_, count) => ({
              value: String(count),
              label: `${count} of ${witnesses.length}`,
            }))}
            value={String(required)}
            onChange={(count) => save.mutate({ required: Number(count) })}
          />
          <ul className="divide-y divide-line rounded-md border border-line text-sm">
            {witnesses.map((witness) => (
              <li key={witness.vkey} className="flex items-start gap-2 px-3 py-2">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-center gap-2 font-medium">
                    {witness.name} <WitnessState witness={witness} />
                  </p>
                  <p className="break-all text-muted text-xs">{witness.url}</p>
                  <p className="break-all font-mono text-muted text-xs">{witness.vkey}</p>
                  {witness.error !== null && <p className="text-bad">{witness.error}</p>}
                </div>
                <IconButton
                  label={`Remove ${witness.name}`}
                  icon={Trash2}
                  disabled={missing !== undefined}
                  onClick={() => remove(witness.vkey)}
                />
              </li>
            ))}
          </ul>
        </>
      )}
      {save.error && <Notice tone="bad" title={save.error.message} />}
      <Button icon={Plus} className="self-start" disabledReason={missing} onClick={() => setAdding(true)}>
        Add witness
      </Button>
      {adding && <WitnessDialog saved={saved} onClose={() => setAdding(false)} />}
    </div>
  );
}

function WitnessState({ witness }: { readonly witness: WitnessSettings['witnesses'][number] }) {
  const { size, cosignedAt, error } = witness;
  if (cosignedAt === null) return <Badge tone={error === null ? 'neutral' : 'bad'}>Not cosigned yet</Badge>;
  return (
    <>
      <Badge tone={error === null ? 'good' : 'bad'}>{size.toLocaleString()} entries cosigned</Badge>
      <span className="font-normal text-muted text-xs">
        <Time value={cosignedAt} />
      </span>
    </>
  );
}
