import { useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useToast } from '../../components/toast.tsx';
import { settingsInput, useSaveWitnessSettings, type WitnessSettings } from './witness-settings.ts';

type WitnessedLogDialogProps = { readonly saved: WitnessSettings; readonly onClose: () => void };

/** Adds a ledger whose checkpoints are cosigned here. */
export function WitnessedLogDialog({ saved, onClose }: WitnessedLogDialogProps) {
  const formId = useId();
  const toast = useToast();
  const [vkey, setVkey] = useState('');
  const [origin, setOrigin] = useState('');
  const save = useSaveWitnessSettings(saved, () => {
    toast('Added the ledger');
    onClose();
  });
  const { ownWitness } = settingsInput(saved);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add ledger"
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
        inputNames={['vkey', 'origin']}
        onSubmit={() =>
          save.mutate({ ownWitness: { ...ownWitness, logs: [...ownWitness.logs, { origin, vkey }] } })
        }
      >
        <TextField
          name="vkey"
          label="Public key"
          description="The ledger's verifier key; another Pawprint has it at /ledger/vkey."
          mono
          autoComplete="off"
          spellCheck={false}
          value={vkey}
          onValueChange={setVkey}
        />
        <TextField
          name="origin"
          label="Origin"
          description="Only where it is not the name of the key."
          autoComplete="off"
          value={origin}
          onValueChange={setOrigin}
        />
      </Form>
    </Dialog>
  );
}
