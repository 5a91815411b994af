import { permissions } from '@pawprint/record';
import { useMutation, useQuery } from '@tanstack/react-query';
import { MoreHorizontal, Pencil, Plus, ShieldCheck, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { DeleteRoleDocument, type RoleRowFragment } from '../../api/operations.ts';
import { withoutRows } from '../../api/rows.ts';
import { useMissing } from '../../api/session.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { logTypeAccessKinds, RoleDialog } from './role-dialog.tsx';
import { rolesQuery, useUpdateRoles } from './roles-query.ts';

type OpenDialog =
  | { readonly kind: 'create' }
  | { readonly kind: 'edit' | 'delete'; readonly role: RoleRowFragment };

export function RolesPage() {
  const roles = useQuery(rolesQuery);
  const missing = useMissing('UserModify');
  const [dialog, setDialog] = useState<OpenDialog>();
  const columns = useMemo(() => roleColumns(missing, setDialog), [missing]);
  const close = () => setDialog(undefined);
  return (
    <Page
      title="Roles"
      description="What users may do, and which log types’ data they may see. Every user has exactly one role."
      actions={
        <Button
          variant="primary"
          icon={Plus}
          disabledReason={missing}
          onClick={() => setDialog({ kind: 'create' })}
        >
          Create role
        </Button>
      }
    >
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <Loaded query={roles} label="roles">
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={ShieldCheck} title="No roles" />
            ) : (
              <DataTable label="Roles" rows={rows} columns={columns} />
            )
          }
        </Loaded>
      </div>
      {dialog?.kind === 'create' && <RoleDialog saved={undefined} onClose={close} />}
      {dialog?.kind === 'edit' && <RoleDialog saved={dialog.role} onClose={close} />}
      {dialog?.kind === 'delete' && <DeleteRoleDialog deleted={dialog.role} onClose={close} />}
    </Page>
  );
}

function roleColumns(
  missing: string | undefined,
  open: (dialog: OpenDialog) => void,
): readonly Column<RoleRowFragment>[] {
  return [
    {
      id: 'name',
      header: 'Role',
      sortBy: (role) => role.name.toLowerCase(),
      cell: (role) => <span className="break-words font-medium">{role.name}</span>,
    },
    {
      id: 'permissions',
      header: 'Permissions',
      sortBy: (role) => role.permissions.length,
      cell: (role) =>
        role.permissions.length === permissions.length
          ? 'All'
          : `${role.permissions.length} of ${permissions.length}`,
    },
    {
      id: 'log-types',
      header: 'Log types',
      cell: (role) => (
        <span>
          {logTypeAccessKinds[role.logTypeAccessKind]}
          {role.logTypeAccess.length > 0 && (
            <span className="block font-mono text-muted text-xs">{role.logTypeAccess.join(', ')}</span>
          )}
        </span>
      ),
    },
    {
      id: 'updated',
      header: 'Updated',
      sortBy: (role) => role.updatedAt,
      cell: (role) => <Time value={role.updatedAt} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      actions: true,
      cell: (role) => (
        <Menu trigger={<IconButton label={`Actions for ${role.name}`} icon={MoreHorizontal} />}>
          <MenuItem icon={Pencil} onClick={() => open({ kind: 'edit', role })}>
            {missing === undefined ? 'Edit' : 'View'}
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            icon={Trash2}
            danger
            disabledReason={missing}
            onClick={() => open({ kind: 'delete', role })}
          >
            Delete
          </MenuItem>
        </Menu>
      ),
    },
  ];
}

function DeleteRoleDialog({
  deleted,
  onClose,
}: {
  readonly deleted: RoleRowFragment;
  readonly onClose: () => void;
}) {
  const toast = useToast();
  const updateRoles = useUpdateRoles();
  const remove = useMutation({
    mutationFn: () => graphql(DeleteRoleDocument, { input: { id: deleted.id } }),
    onSuccess: () => {
      updateRoles((roles) => withoutRows(roles, [deleted.id]));
      toast(`Deleted ${deleted.name}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title="Delete role?"
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      <p>
        <b>{deleted.name}</b> can be deleted only while no user has it.
      </p>
    </ConfirmDialog>
  );
}
