import { useMutation, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { DeleteSavedQueryDocument, type SavedQueryRowFragment } from '../../api/operations.ts';
import { withoutRows } from '../../api/rows.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { useToast } from '../../components/toast.tsx';
import { savedQueriesQuery } from './saved-queries-query.ts';

type DeleteSavedQueryDialogProps = { readonly query: SavedQueryRowFragment; readonly onClose: () => void };

export function DeleteSavedQueryDialog({ query, onClose }: DeleteSavedQueryDialogProps) {
  const toast = useToast();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => graphql(DeleteSavedQueryDocument, { input: { id: query.id } }),
    onSuccess: () => {
      queryClient.setQueryData(savedQueriesQuery.queryKey, (rows) => [...withoutRows(rows, [query.id])]);
      toast(`Deleted ${query.name}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title="Delete saved query?"
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      <p>
        <b>{query.name}</b> {query.schedule === null ? 'is gone then.' : 'does not run any more.'} What it
        found before stays in the history of queries for 30 days.
      </p>
    </ConfirmDialog>
  );
}
