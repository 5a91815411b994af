import { useMutation } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { SignOutUserEverywhereDocument, type UserRowFragment } from '../../api/operations.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { useToast } from '../../components/toast.tsx';

type SignOutEverywhereDialogProps = { readonly user: UserRowFragment; readonly onClose: () => void };

export function SignOutEverywhereDialog({ user, onClose }: SignOutEverywhereDialogProps) {
  const toast = useToast();
  const signOut = useMutation({
    mutationFn: async () =>
      (await graphql(SignOutUserEverywhereDocument, { input: { id: user.id } })).signOutUserEverywhere,
    onSuccess: ({ sessionsEnded }) => {
      toast(`${sessionsEnded} ${sessionsEnded === 1 ? 'session' : 'sessions'} of ${user.email} ended`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => signOut.mutate()}
      title="Sign out everywhere?"
      confirmLabel="Sign out"
      pending={signOut.isPending}
      error={signOut.error}
    >
      <p>
        Every session of <b>{user.email}</b> ends at once. They can sign in again with their password.
      </p>
    </ConfirmDialog>
  );
}
