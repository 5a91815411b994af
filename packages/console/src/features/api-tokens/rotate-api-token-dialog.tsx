import { useMutation } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { RotateApiTokenDocument, type TokenRowFragment } from '../../api/operations.ts';
import { withRow } from '../../api/rows.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { ShownOnce } from '../../components/shown-once.tsx';
import { useUpdateTokens, withoutValue } from './api-tokens-query.ts';

type RotateApiTokenDialogProps = { readonly token: TokenRowFragment; readonly onClose: () => void };

export function RotateApiTokenDialog({ token, onClose }: RotateApiTokenDialogProps) {
  const updateTokens = useUpdateTokens();
  const rotate = useMutation({
    mutationFn: async () =>
      (await graphql(RotateApiTokenDocument, { input: { id: token.id } })).rotateAPIToken.token,
    onSuccess: (rotated) => updateTokens((tokens) => withRow(tokens, withoutValue(rotated))),
  });
  if (rotate.isSuccess) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="Token rotated"
        footer={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <ShownOnce label="Token value" value={rotate.data.value ?? ''}>
          The former value no longer works. Keep the new one where secrets are kept.
        </ShownOnce>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => rotate.mutate()}
      title="Rotate token?"
      confirmLabel="Rotate"
      pending={rotate.isPending}
      error={rotate.error}
    >
      <p>
        <b>{token.name}</b> gets a new value and keeps its id, permissions and addresses. The old value stops
        working at once.
      </p>
    </ConfirmDialog>
  );
}
