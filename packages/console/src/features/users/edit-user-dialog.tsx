import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { UpdateUserDocument, type UpdateUserInput, type UserRowFragment } from '../../api/operations.ts';
import { withRow } from '../../api/rows.ts';
import { useRefreshSession, useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Form } from '../../components/form.tsx';
import { useToast } from '../../components/toast.tsx';
import { UserFields, type UserValues, userInputNames } from './user-fields.tsx';
import { useUpdateUsers } from './users-query.ts';

type EditUserDialogProps = { readonly user: UserRowFragment; readonly onClose: () => void };

export function EditUserDialog({ user, onClose }: EditUserDialogProps) {
  const formId = useId();
  const toast = useToast();
  const updateUsers = useUpdateUsers();
  const ownId = useSession().user.id;
  const refreshSession = useRefreshSession();
  const [values, setValues] = useState<UserValues>({
    email: user.email,
    givenName: user.givenName ?? '',
    familyName: user.familyName ?? '',
    role: user.role.id,
  });
  const update = useMutation({
    mutationFn: async (input: UpdateUserInput) =>
      (await graphql(UpdateUserDocument, { input })).updateUser.user,
    onSuccess: (updated) => {
      updateUsers((users) => withRow(users, updated));
      toast(`Saved ${updated.email}`);
      onClose();
      if (updated.id === ownId) void refreshSession();
    },
  });
  const input = changedInput(user, values);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Edit user"
      description={user.email}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            pending={update.isPending}
            disabled={input === undefined}
          >
            Save
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={update.error}
        inputNames={userInputNames}
        onSubmit={() => input && update.mutate(input)}
      >
        <UserFields value={values} onChange={setValues} />
      </Form>
    </Dialog>
  );
}

/** Only what differs: the audit record then says exactly what was changed. */
function changedInput(user: UserRowFragment, values: UserValues): UpdateUserInput | undefined {
  const { email, givenName, familyName, role } = values;
  const input: UpdateUserInput = {
    id: user.id,
    ...(email !== user.email && { email }),
    ...(givenName !== (user.givenName ?? '') && { givenName }),
    ...(familyName !== (user.familyName ?? '') && { familyName }),
    ...(role !== null && role !== user.role.id && { role: { kind: 'ID' as const, value: role } }),
  };
  return Object.keys(input).length > 1 ? input : undefined;
}
