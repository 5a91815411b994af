import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { type DataSubjectKind, EraseDataSubjectDocument } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { useToast } from '../../components/toast.tsx';

const kinds = [
  { value: 'USER', label: 'A deleted user' },
  { value: 'TOKEN', label: 'A deleted API token' },
  { value: 'ANONYMOUS', label: 'All strangers', hint: 'Everybody the instance did not know' },
] as const;

const confirmation = 'erase for ever';

/** Erases a person, after they typed out that they mean it. */
export function EraseDialog({ onClose }: { readonly onClose: () => void }) {
  const toast = useToast();
  const queryClient = useQueryClient();
  const [kind, setKind] = useState<DataSubjectKind>('USER');
  const [id, setId] = useState('');
  const [typed, setTyped] = useState('');
  const erase = useMutation({
    mutationFn: () =>
      graphql(EraseDataSubjectDocument, {
        input: { subject: { kind, id: kind === 'ANONYMOUS' ? null : id.trim() } },
      }),
    onSuccess: () => {
      toast('The erasure has begun');
      onClose();
      return queryClient.invalidateQueries();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Erase a person"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="erase"
            variant="danger"
            pending={erase.isPending}
            disabled={typed !== confirmation}
          >
            Erase
          </Button>
        </>
      }
    >
      <Form id="erase" error={erase.error} inputNames={['id']} onSubmit={() => erase.mutate()}>
        <Notice tone="warn" title="This can not be undone">
          Names, e-mail addresses, IP addresses and browsers of this person become unreadable in every record,
          also for investigations. What was done, when, and under which id stays. All kept query results are
          deleted.
        </Notice>
        <SelectField name="kind" label="Who" value={kind} onChange={setKind} options={kinds} />
        {kind !== 'ANONYMOUS' && (
          <TextField
            name="id"
            label={kind === 'USER' ? 'User id' : 'Token id'}
            description="Records show it as the actor’s id"
            required
            mono
            value={id}
            onValueChange={setId}
          />
        )}
        <TextField
          name="confirmation"
          label={`Type “${confirmation}”`}
          autoComplete="off"
          value={typed}
          onValueChange={setTyped}
        />
      </Form>
    </Dialog>
  );
}
