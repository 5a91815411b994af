import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { graphql } from '../../api/graphql.ts';
import { InviteUserDocument } from '../../api/operations.ts';
import { withRow } from '../../api/rows.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Form } from '../../components/form.tsx';
import { ShownOnce } from '../../components/shown-once.tsx';
import { consoleLink } from './console-link.ts';
import { UserFields, type UserValues, userInputNames } from './user-fields.tsx';
import { useUpdateUsers } from './users-query.ts';

export function InviteUserDialog({ onClose }: { readonly onClose: () => void }) {
  const formId = useId();
  const updateUsers = useUpdateUsers();
  const [values, setValues] = useState<UserValues>({ email: '', givenName: '', familyName: '', role: null });
  const invite = useMutation({
    mutationFn: async ({ role, ...names }: UserValues) => {
      if (role === null) throw new ApiError('INVALID_INPUT', 'Choose a role.', { field: 'role' });
      const input = { ...names, role: { kind: 'ID' as const, value: role } };
      return (await graphql(InviteUserDocument, { input })).inviteUser;
    },
    onSuccess: ({ user }) => updateUsers((users) => withRow(users, user)),
  });

  if (invite.isSuccess) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="User invited"
        footer={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <ShownOnce label="Invitation link" value={consoleLink(invite.data.invitationLink, location.origin)}>
          {`Send this link to ${invite.data.user.email} over a channel you trust. With it they choose a password and sign in. It works once, for 7 days.`}
        </ShownOnce>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Invite user"
      description="You get a link to pass on; Pawprint sends no e-mail."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={invite.isPending}>
            Invite
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={invite.error}
        inputNames={userInputNames}
        onSubmit={() => invite.mutate(values)}
      >
        <UserFields value={values} onChange={setValues} />
      </Form>
    </Dialog>
  );
}
