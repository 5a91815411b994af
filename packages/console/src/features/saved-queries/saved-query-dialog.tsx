import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  CreateSavedQueryDocument,
  type SavedQueryRowFragment,
  UpdateSavedQueryDocument,
} from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { useToast } from '../../components/toast.tsx';
import { ToggleField } from '../../components/toggle-field.tsx';
import { savedQueriesQuery } from './saved-queries-query.ts';

type SavedQueryDialogProps = {
  /** The query to change; a new one without it. */
  readonly query: SavedQueryRowFragment | undefined;
  /** What a new one begins with. */
  readonly sql?: string;
  readonly onClose: () => void;
};

type Kind = 'none' | 'rate' | 'cron';

const kinds = [
  { value: 'none', label: 'Only when somebody runs it' },
  { value: 'rate', label: 'Every so many minutes' },
  { value: 'cron', label: 'At times of a cron expression' },
] as const;

/** Saves a query under a name, perhaps to run by itself. */
export function SavedQueryDialog({ query, sql: givenSql = '', onClose }: SavedQueryDialogProps) {
  const formId = useId();
  const toast = useToast();
  const queryClient = useQueryClient();
  const schedule = query?.schedule ?? null;
  const [name, setName] = useState(query?.name ?? '');
  const [description, setDescription] = useState(query?.description ?? '');
  const [sql, setSql] = useState(query?.sql ?? givenSql);
  const [kind, setKind] = useState<Kind>(kindOf(schedule));
  const [cron, setCron] = useState(schedule?.cron ?? '0 6 * * *');
  const [rateMinutes, setRateMinutes] = useState(String(schedule?.rateMinutes ?? 60));
  const [timeoutMinutes, setTimeoutMinutes] = useState(String(schedule?.timeoutMinutes ?? 5));
  const [enabled, setEnabled] = useState(!(schedule?.disabled ?? false));
  const save = useMutation({
    mutationFn: async () => {
      const when = kind === 'cron' ? { cron } : { rateMinutes: Number(rateMinutes) };
      const input = {
        ...{ name, description, sql },
        schedule:
          kind === 'none' ? null : { ...when, timeoutMinutes: Number(timeoutMinutes), disabled: !enabled },
      };
      if (query === undefined) return (await graphql(CreateSavedQueryDocument, { input })).createSavedQuery;
      return (await graphql(UpdateSavedQueryDocument, { input: { id: query.id, ...input } }))
        .updateSavedQuery;
    },
    onSuccess: (saved) => {
      void queryClient.invalidateQueries({ queryKey: savedQueriesQuery.queryKey });
      toast(`Saved ${saved.query.name}`);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={query === undefined ? 'Save query' : 'Edit saved query'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={save.error}
        // What is wrong between rate and time-out is of neither field alone.
        inputNames={['name', 'description', 'sql', 'cron']}
        onSubmit={() => save.mutate()}
      >
        <TextField
          name="name"
          label="Name"
          autoComplete="off"
          required
          value={name}
          onValueChange={setName}
        />
        <TextField
          name="description"
          label="Description"
          autoComplete="off"
          value={description}
          onValueChange={setDescription}
        />
        <TextAreaField name="sql" label="SQL" mono rows={8} required value={sql} onValueChange={setSql} />
        <SelectField<Kind> name="schedule" label="Runs" value={kind} onChange={setKind} options={kinds} />
        {kind !== 'none' && (
          <>
            <div className="grid gap-4 sm:grid-cols-2">
              {kind === 'cron' ? (
                <TextField
                  name="cron"
                  label="Cron expression (UTC)"
                  description="Minute, hour, day of the month, month, day of the week."
                  mono
                  required
                  value={cron}
                  onValueChange={setCron}
                />
              ) : (
                <TextField
                  name="rateMinutes"
                  label="Minutes between runs"
                  type="number"
                  min={2}
                  required
                  value={rateMinutes}
                  onValueChange={setRateMinutes}
                />
              )}
              <TextField
                name="timeoutMinutes"
                label="Time-out in minutes"
                description="At most 10."
                type="number"
                min={1}
                max={10}
                required
                value={timeoutMinutes}
                onValueChange={setTimeoutMinutes}
              />
            </div>
            <ToggleField
              name="disabled"
              label="Schedule is on"
              description="In the query, now is the time it was due. A run that fails is tried again three times, and is then a system error."
              checked={enabled}
              onChange={setEnabled}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}

function kindOf(schedule: SavedQueryRowFragment['schedule']): Kind {
  if (schedule === null) return 'none';
  return schedule.cron === null ? 'rate' : 'cron';
}
