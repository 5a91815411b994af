import { useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useToast } from '../../components/toast.tsx';
import { settingsInput, useSaveWitnessSettings, type WitnessSettings } from './witness-settings.ts';

type WitnessDialogProps = { readonly saved: WitnessSettings; readonly onClose: () => void };

/** Adds a witness at the end of the list, so that a refusal of the last one is about what stands here. */
export function WitnessDialog({ saved, onClose }: WitnessDialogProps) {
  const formId = useId();
  const toast = useToast();
  const [witness, setWitness] = useState({ name: '', vkey: '', url: '' });
  const save = useSaveWitnessSettings(saved, () => {
    toast(`Added ${witness.name}`);
    onClose();
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add witness"
      description="Any server that speaks C2SP tlog-witness, such as another Pawprint. It must know this ledger's public key."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={save.isPending}>
            Add
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={save.error}
        inputNames={['name', 'vkey', 'url']}
        onSubmit={() => save.mutate({ witnesses: [...settingsInput(saved).witnesses, witness] })}
      >
        <TextField
          name="name"
          label="Name"
          description="What you call it here."
          autoComplete="off"
          value={witness.name}
          onValueChange={(name) => setWitness({ ...witness, name })}
        />
        <TextField
          name="vkey"
          label="Public key"
          description="Its verifier key, from the witness itself."
          mono
          autoComplete="off"
          spellCheck={false}
          value={witness.vkey}
          onValueChange={(vkey) => setWitness({ ...witness, vkey })}
        />
        <TextField
          name="url"
          label="Address"
          description="Where checkpoints are submitted, such as https://example.com/witness"
          type="url"
          placeholder="https://"
          value={witness.url}
          onValueChange={(url) => setWitness({ ...witness, url })}
        />
      </Form>
    </Dialog>
  );
}
