import { useMutation } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { DeleteApiTokenDocument, type TokenRowFragment } from '../../api/operations.ts';
import { withoutRows } from '../../api/rows.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { useToast } from '../../components/toast.tsx';
import { useUpdateTokens } from './api-tokens-query.ts';

type DeleteApiTokenDialogProps = { readonly token: TokenRowFragment; readonly onClose: () => void };

export function DeleteApiTokenDialog({ token, onClose }: DeleteApiTokenDialogProps) {
  const toast = useToast();
  const updateTokens = useUpdateTokens();
  const remove = useMutation({
    mutationFn: () => graphql(DeleteApiTokenDocument, { input: { id: token.id } }),
    onSuccess: () => {
      updateTokens((tokens) => withoutRows(tokens, [token.id]));
      toast(`Deleted ${token.name}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title="Delete token?"
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      <p>
        Programs that use <b>{token.name}</b> are refused from now on. Its records stay in the history.
      </p>
    </ConfirmDialog>
  );
}
