import { useMutation, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { DeleteUsersDocument, type UserRowFragment } from '../../api/operations.ts';
import { withoutRows } from '../../api/rows.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { useToast } from '../../components/toast.tsx';
import { usersQuery, useUpdateUsers } from './users-query.ts';

type DeleteUsersDialogProps = {
  readonly users: readonly UserRowFragment[];
  readonly onClose: () => void;
  readonly onDeleted: (ids: readonly string[]) => void;
};

/** Deletes one or several users; what could not be deleted stays listed with its reason. */
export function DeleteUsersDialog({ users, onClose, onDeleted }: DeleteUsersDialogProps) {
  const toast = useToast();
  const queryClient = useQueryClient();
  const updateUsers = useUpdateUsers();
  const remove = useMutation({
    mutationFn: async () =>
      (await graphql(DeleteUsersDocument, { input: { ids: users.map(({ id }) => id) } })).deleteUsers,
    onSuccess: ({ ids, errors }) => {
      updateUsers((rows) => withoutRows(rows, ids));
      onDeleted(ids);
      // Such as someone deleted meanwhile by another: the list shown is out of date.
      if (errors.length > 0) return queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });
      toast(users.length === 1 ? `Deleted ${users[0]?.email}` : `Deleted ${ids.length} users`);
      onClose();
    },
  });

  const failed = remove.data?.errors ?? [];
  if (failed.length > 0) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="Not all users were deleted"
        footer={
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        }
      >
        <div className="flex flex-col gap-3">
          <Notice tone="warn" title={`${remove.data?.ids.length ?? 0} of ${users.length} deleted`} />
          <ul className="divide-y divide-line rounded-md border border-line text-sm">
            {failed.map(({ id, message }) => (
              <li key={id} className="px-3 py-2">
                <div className="font-medium">{users.find((user) => user.id === id)?.email ?? id}</div>
                <div className="text-bad">{message}</div>
              </li>
            ))}
          </ul>
        </div>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={users.length === 1 ? 'Delete user?' : `Delete ${users.length} users?`}
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      <p>
        They are signed out at once and cannot sign in again. Their records stay in the history; who they were
        can be erased from these afterwards, under Settings, Ledger.
      </p>
      <ul className="thin-scrollbar mt-2 max-h-40 list-inside list-disc overflow-y-auto">
        {users.map(({ id, email }) => (
          <li key={id} className="break-all text-ink">
            {email}
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
