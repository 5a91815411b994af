import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  CreateSavedSearchDocument,
  DeleteSavedSearchDocument,
  type SavedSearchRowFragment,
  UpdateSavedSearchDocument,
} from '../../api/operations.ts';
import { withoutRows, withRow } from '../../api/rows.ts';
import { stringifySearch } from '../../app/search-params.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useToast } from '../../components/toast.tsx';
import { ToggleField } from '../../components/toggle-field.tsx';
import { type AuditLogSearch, filtersOf } from './audit-log-filters.ts';
import { useUpdateSavedSearches } from './saved-searches-query.ts';

type SavedSearchDialogProps = {
  /** The filters that are open. */
  readonly search: AuditLogSearch;
  /** Left out for a new one. */
  readonly saved?: SavedSearchRowFragment;
  readonly onClose: () => void;
};

/** Keeps the open filters under a name, or changes what was kept. */
export function SavedSearchDialog({ search, saved, onClose }: SavedSearchDialogProps) {
  const formId = useId();
  const toast = useToast();
  const updateSearches = useUpdateSavedSearches();
  const [name, setName] = useState(saved?.name ?? '');
  const [isShared, setShared] = useState(saved?.isShared ?? false);
  const [replaces, setReplaces] = useState(saved === undefined);
  const query = stringifySearch(filtersOf(search)).replace(/^\?/, '');
  const save = useMutation({
    mutationFn: async () => {
      if (saved === undefined) {
        const input = { name, query, isShared };
        return (await graphql(CreateSavedSearchDocument, { input })).createSavedSearch.savedSearch;
      }
      const input = { id: saved.id, name, isShared, ...(replaces && { query }) };
      return (await graphql(UpdateSavedSearchDocument, { input })).updateSavedSearch.savedSearch;
    },
    onSuccess: (row) => {
      updateSearches((rows) => withRow(rows, row));
      toast(`Saved ${row.name}`);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={saved === undefined ? 'Save this search' : 'Change saved search'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <Form id={formId} error={save.error} inputNames={['name', 'query']} onSubmit={() => save.mutate()}>
        <TextField
          name="name"
          label="Name"
          required
          autoComplete="off"
          value={name}
          onValueChange={setName}
        />
        <ToggleField
          name="isShared"
          label="Share"
          description="Everybody who sees the audit log finds it among their saved searches."
          checked={isShared}
          onChange={setShared}
        />
        {saved !== undefined && query !== '' && query !== saved.query && (
          <ToggleField
            name="query"
            label="Use the filters that are open now"
            description="Else those that were saved stay."
            checked={replaces}
            onChange={setReplaces}
          />
        )}
      </Form>
    </Dialog>
  );
}

type DeleteSearchDialogProps = { readonly saved: SavedSearchRowFragment; readonly onClose: () => void };

export function DeleteSearchDialog({ saved, onClose }: DeleteSearchDialogProps) {
  const toast = useToast();
  const updateSearches = useUpdateSavedSearches();
  const remove = useMutation({
    mutationFn: () => graphql(DeleteSavedSearchDocument, { input: { id: saved.id } }),
    onSuccess: () => {
      updateSearches((rows) => withoutRows(rows, [saved.id]));
      toast(`Deleted ${saved.name}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title="Delete saved search?"
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      <p>
        <b>{saved.name}</b> is deleted{saved.isShared && ' for everybody'}. The records it finds stay.
      </p>
    </ConfirmDialog>
  );
}
