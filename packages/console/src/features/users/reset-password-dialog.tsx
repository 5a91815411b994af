import { useMutation } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { ResetUserPasswordDocument, type UserRowFragment } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { ShownOnce } from '../../components/shown-once.tsx';
import { consoleLink } from './console-link.ts';

type ResetPasswordDialogProps = { readonly user: UserRowFragment; readonly onClose: () => void };

export function ResetPasswordDialog({ user, onClose }: ResetPasswordDialogProps) {
  const reset = useMutation({
    mutationFn: async () =>
      (await graphql(ResetUserPasswordDocument, { input: { id: user.id } })).resetUserPassword,
  });
  if (reset.isSuccess) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="Reset link made"
        footer={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <ShownOnce label="Reset link" value={consoleLink(reset.data.resetLink, location.origin)}>
          {`Send this link to ${user.email} over a channel you trust. With it they choose a new password. It works once, for 24 hours.`}
        </ShownOnce>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => reset.mutate()}
      title="Reset password?"
      confirmLabel="Make reset link"
      danger={false}
      pending={reset.isPending}
      error={reset.error}
    >
      <p>
        You get a one-time link with which <b>{user.email}</b> chooses a new password.
      </p>
    </ConfirmDialog>
  );
}
