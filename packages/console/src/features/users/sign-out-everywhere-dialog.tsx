import { useMutation } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { SignOutUserEverywhereDocument } from '../../api/operations.ts';
import { useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { useToast } from '../../components/toast.tsx';

type SignOutEverywhereDialogProps = {
  readonly user: { readonly id: string; readonly email: string };
  readonly onClose: () => void;
};

/** Ends every session of a user; of the signed-in user, this one too. */
export function SignOutEverywhereDialog({ user, onClose }: SignOutEverywhereDialogProps) {
  const toast = useToast();
  const own = useSession().user.id === user.id;
  const signOut = useMutation({
    mutationFn: async () =>
      (await graphql(SignOutUserEverywhereDocument, { input: { id: user.id } })).signOutUserEverywhere,
    onSuccess: ({ sessionsEnded }) => {
      if (own) return location.assign('/sign-in');
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
      confirmLabel="Sign out everywhere"
      pending={signOut.isPending}
      error={signOut.error}
    >
      {own ? (
        <p>Your sessions in every browser end at once, this one included.</p>
      ) : (
        <p>
          Every session of <b>{user.email}</b> ends at once. They can sign in again with their password.
        </p>
      )}
    </ConfirmDialog>
  );
}
