import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { CreateLegalHoldDocument } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useToast } from '../../components/toast.tsx';
import { legalHoldsQuery } from './legal-holds-query.ts';

/** Holds a range of records; numbers are their places in the ledger, as the audit log shows them. */
export function LegalHoldDialog({ onClose }: { readonly onClose: () => void }) {
  const formId = useId();
  const queryClient = useQueryClient();
  const toast = useToast();
  const [values, setValues] = useState({ from: '', to: '', reason: '' });
  const create = useMutation({
    mutationFn: () => {
      const to = values.to.trim() === '' ? null : Number(values.to);
      return graphql(CreateLegalHoldDocument, {
        input: { from: Number(values.from), to, reason: values.reason },
      });
    },
    onSuccess: () => {
      toast('Hold added');
      onClose();
      return queryClient.invalidateQueries({ queryKey: legalHoldsQuery.queryKey });
    },
  });
  const numeric = { inputMode: 'numeric', autoComplete: 'off', pattern: '\\d*' } as const;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add hold"
      description="Numbers are those of the records in the ledger, both included."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={create.isPending}>
            Add hold
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={create.error}
        inputNames={['from', 'to', 'reason']}
        onSubmit={() => create.mutate()}
      >
        <TextField
          name="from"
          label="From record"
          required
          {...numeric}
          value={values.from}
          onValueChange={(from) => setValues({ ...values, from })}
        />
        <TextField
          name="to"
          label="To record"
          description="Left empty, the hold goes on with the ledger until it is released."
          {...numeric}
          value={values.to}
          onValueChange={(to) => setValues({ ...values, to })}
        />
        <TextField
          name="reason"
          label="Reason"
          required
          autoComplete="off"
          value={values.reason}
          onValueChange={(reason) => setValues({ ...values, reason })}
        />
      </Form>
    </Dialog>
  );
}
