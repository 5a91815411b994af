import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { UpdateDataLakeRetentionSettingsDocument } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { useToast } from '../../components/toast.tsx';
import { count } from '../data-explorer/quantities.ts';
import { defaultPeriod, lakeRetentionQuery, type TableRetention } from './lake-retention-query.ts';

type LakeRetentionDialogProps = { readonly saved: TableRetention; readonly onClose: () => void };

/** Sets for how long one table keeps its rows. */
export function LakeRetentionDialog({ saved, onClose }: LakeRetentionDialogProps) {
  const formId = useId();
  const queryClient = useQueryClient();
  const toast = useToast();
  const { databaseName, tableName } = saved;
  const [text, setText] = useState(saved.days === null ? '' : String(saved.days));
  const days = text.trim() === '' ? null : Number(text);
  const save = useMutation({
    mutationFn: () =>
      graphql(UpdateDataLakeRetentionSettingsDocument, { input: { databaseName, tableName, days } }),
    onSuccess: () => {
      toast('Retention saved');
      onClose();
      return queryClient.invalidateQueries({ queryKey: lakeRetentionQuery.queryKey });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Change period"
      description={`${databaseName}.${tableName}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <Form id={formId} error={save.error} inputNames={['days']} onSubmit={() => save.mutate()}>
        <TextField
          name="days"
          label="Days to keep rows"
          description={`At most ${count(saved.daysMax)}. Left empty: ${defaultPeriod(saved)}.`}
          inputMode="numeric"
          pattern="\d*"
          autoComplete="off"
          value={text}
          onValueChange={setText}
        />
        {days !== null && days >= 1 && days < saved.daysInForce && (
          <Notice tone="warn" title={`Rows older than ${count(days)} days go at once`}>
            They go file by file: a file stays until the last of its rows is past its time, which takes up to
            a quarter longer.{' '}
            {databaseName === 'panther_logs'
              ? 'The ledger keeps their records, and can fill the table again.'
              : 'They can not be made again.'}
          </Notice>
        )}
      </Form>
    </Dialog>
  );
}
