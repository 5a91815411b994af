import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  CreateApiTokenDocument,
  type Permission,
  type TokenRowFragment,
  UpdateApiTokenDocument,
} from '../../api/operations.ts';
import { withRow } from '../../api/rows.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { parseList } from '../../components/parse-list.ts';
import { PermissionPicker } from '../../components/permission-picker.tsx';
import {
  asQueryLimits,
  QueryLimitsFields,
  queryLimitNames,
  queryLimitTexts,
} from '../../components/query-limits-fields.tsx';
import { ShownOnce } from '../../components/shown-once.tsx';
import { useToast } from '../../components/toast.tsx';
import { useUpdateTokens, withoutValue } from './api-tokens-query.ts';

type ApiTokenDialogProps = { readonly token: TokenRowFragment | undefined; readonly onClose: () => void };

/** Makes a token and shows its value once, or changes the one given. */
export function ApiTokenDialog({ token, onClose }: ApiTokenDialogProps) {
  const formId = useId();
  const toast = useToast();
  const updateTokens = useUpdateTokens();
  const [name, setName] = useState(token?.name ?? '');
  const [permissions, setPermissions] = useState<readonly Permission[]>(token?.permissions ?? []);
  const [addresses, setAddresses] = useState(token?.allowedCIDRBlocks.join('\n') ?? '');
  const [limits, setLimits] = useState(() => queryLimitTexts(token?.queryLimits));
  const [expires, setExpires] = useState(token?.expiresAt?.slice(0, 16) ?? '');
  const save = useMutation({
    mutationFn: async () => {
      const input = {
        name,
        permissions,
        allowedCIDRBlocks: parseList(addresses),
        queryLimits: asQueryLimits(limits),
        expiresAt: expires === '' ? null : `${expires}:00.000Z`,
      };
      if (token === undefined) return (await graphql(CreateApiTokenDocument, { input })).createAPIToken.token;
      const { updateAPIToken } = await graphql(UpdateApiTokenDocument, { input: { id: token.id, ...input } });
      return { ...updateAPIToken.token, value: null };
    },
    onSuccess: (saved) => {
      updateTokens((tokens) => withRow(tokens, withoutValue(saved)));
      if (saved.value !== null) return;
      toast(`Saved ${saved.name}`);
      onClose();
    },
  });

  if (save.data?.value) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="Token created"
        footer={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <ShownOnce label="Token value" value={save.data.value}>
          Keep it where secrets are kept. Pawprint stores only a hash of it.
        </ShownOnce>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={token === undefined ? 'Create token' : 'Edit token'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={save.isPending}>
            {token === undefined ? 'Create' : 'Save'}
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        error={save.error}
        inputNames={['name', 'allowedCIDRBlocks', 'expiresAt', ...queryLimitNames]}
        onSubmit={() => save.mutate()}
      >
        <TextField
          name="name"
          label="Name"
          autoComplete="off"
          required
          value={name}
          onValueChange={setName}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextAreaField
            name="allowedCIDRBlocks"
            label="Allowed addresses"
            description="CIDR blocks, one a line. Empty: any address."
            placeholder="192.168.1.10/32"
            mono
            rows={2}
            value={addresses}
            onValueChange={setAddresses}
          />
          <TextField
            name="expiresAt"
            label="Expires (UTC)"
            description="Empty: never."
            type="datetime-local"
            value={expires}
            onValueChange={setExpires}
          />
        </div>
        <QueryLimitsFields value={limits} onChange={setLimits} />
        <PermissionPicker value={permissions} onChange={setPermissions} />
      </Form>
    </Dialog>
  );
}
