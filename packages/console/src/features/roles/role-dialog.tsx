import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  CreateRoleDocument,
  type LogTypeAccessKind,
  type Permission,
  type RoleRowFragment,
  UpdateRoleDocument,
} from '../../api/operations.ts';
import { withRow } from '../../api/rows.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { parseList } from '../../components/parse-list.ts';
import { PermissionPicker } from '../../components/permission-picker.tsx';
import {
  asQueryLimits,
  QueryLimitsFields,
  queryLimitNames,
  queryLimitTexts,
} from '../../components/query-limits-fields.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { useToast } from '../../components/toast.tsx';
import { useUpdateRoles } from './roles-query.ts';

/** Which log types a role may see, in words. */
export const logTypeAccessKinds: Record<LogTypeAccessKind, string> = {
  ALLOW_ALL: 'All log types',
  ALLOW: 'Only the log types listed',
  DENY: 'All but the log types listed',
  DENY_ALL: 'No log types',
};

type RoleDialogProps = { readonly saved: RoleRowFragment | undefined; readonly onClose: () => void };

/** Makes a role, or changes the one given. */
export function RoleDialog({ saved, onClose }: RoleDialogProps) {
  const formId = useId();
  const toast = useToast();
  const updateRoles = useUpdateRoles();
  const missing = useMissing('UserModify');
  const [name, setName] = useState(saved?.name ?? '');
  const [permissions, setPermissions] = useState<readonly Permission[]>(saved?.permissions ?? []);
  const [kind, setKind] = useState<LogTypeAccessKind>(saved?.logTypeAccessKind ?? 'ALLOW_ALL');
  const [logTypes, setLogTypes] = useState(saved?.logTypeAccess.join('\n') ?? '');
  const [limits, setLimits] = useState(() => queryLimitTexts(saved?.queryLimits));
  const takesList = kind === 'ALLOW' || kind === 'DENY';
  const save = useMutation({
    mutationFn: async () => {
      const input = {
        name,
        permissions,
        logTypeAccessKind: kind,
        logTypeAccess: takesList ? parseList(logTypes) : [],
        queryLimits: asQueryLimits(limits),
      };
      return saved === undefined
        ? (await graphql(CreateRoleDocument, { input })).createRole.role
        : (await graphql(UpdateRoleDocument, { input: { id: saved.id, ...input } })).updateRole.role;
    },
    onSuccess: (role) => {
      updateRoles((roles) => withRow(roles, role));
      toast(saved === undefined ? `Created ${role.name}` : `Saved ${role.name}`);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={saved === undefined ? 'Create role' : missing ? 'View role' : 'Edit role'}
      footer={
        missing ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" form={formId} variant="primary" pending={save.isPending}>
              {saved === undefined ? 'Create' : 'Save'}
            </Button>
          </>
        )
      }
    >
      <Form
        id={formId}
        error={save.error}
        inputNames={['name', 'logTypeAccess', 'logTypeAccessKind', ...queryLimitNames]}
        onSubmit={() => save.mutate()}
      >
        {missing && (
          <Notice tone="info" title="You can read this role but not change it">
            {missing}
          </Notice>
        )}
        <TextField
          name="name"
          label="Name"
          autoComplete="off"
          required
          disabled={missing !== undefined}
          value={name}
          onValueChange={setName}
        />
        <SelectField
          name="logTypeAccessKind"
          label="Log type access"
          description="Which log types’ data the role sees in the data lake and in the audit log."
          options={Object.entries(logTypeAccessKinds).map(([value, label]) => ({
            value: value as LogTypeAccessKind,
            label,
          }))}
          disabled={missing !== undefined}
          value={kind}
          onChange={setKind}
        />
        {takesList && (
          <TextAreaField
            name="logTypeAccess"
            label="Log types"
            description="One a line, such as Panther.Audit."
            mono
            disabled={missing !== undefined}
            value={logTypes}
            onValueChange={setLogTypes}
          />
        )}
        <QueryLimitsFields value={limits} onChange={setLimits} disabled={missing !== undefined} />
        <PermissionPicker value={permissions} onChange={setPermissions} disabled={missing !== undefined} />
      </Form>
    </Dialog>
  );
}
