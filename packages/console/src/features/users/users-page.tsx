import { useQuery } from '@tanstack/react-query';
import { KeyRound, LogOut, MoreHorizontal, Pencil, Trash2, UserPlus, Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { UserRowFragment } from '../../api/operations.ts';
import { useMissing, useSession } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { controlClassName } from '../../components/field.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import { DeleteUsersDialog } from './delete-users-dialog.tsx';
import { EditUserDialog } from './edit-user-dialog.tsx';
import { InviteUserDialog } from './invite-user-dialog.tsx';
import { ResetPasswordDialog } from './reset-password-dialog.tsx';
import { SignOutEverywhereDialog } from './sign-out-everywhere-dialog.tsx';
import { userName, usersQuery } from './users-query.ts';

type OpenDialog =
  | { readonly kind: 'invite' }
  | { readonly kind: 'edit' | 'reset' | 'sign-out'; readonly user: UserRowFragment }
  | { readonly kind: 'delete'; readonly users: readonly UserRowFragment[] };

export function UsersPage() {
  const users = useQuery(usersQuery);
  const missing = useMissing('UserModify');
  const ownId = useSession().user.id;
  const [dialog, setDialog] = useState<OpenDialog>();
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([]);
  const columns = useMemo(() => userColumns(ownId, missing, setDialog), [ownId, missing]);
  const [search, setSearch] = useState('');
  const matches = (user: UserRowFragment) =>
    [userName(user), user.email, user.role.name].some((text) =>
      text.toLowerCase().includes(search.trim().toLowerCase()),
    );
  const selected = users.data?.filter(({ id }) => selectedIds.includes(id)) ?? [];
  const close = () => setDialog(undefined);

  return (
    <Page
      title="Users"
      description="The people who may sign in, each with one role."
      actions={
        <>
          <input
            type="search"
            aria-label="Search users"
            placeholder="Search name, e-mail or role"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className={classNames(controlClassName, 'h-8 sm:w-56')}
          />
          {selected.length > 0 && (
            <Button icon={Trash2} onClick={() => setDialog({ kind: 'delete', users: selected })}>
              Delete {selected.length} {selected.length === 1 ? 'user' : 'users'}
            </Button>
          )}
          <Button
            variant="primary"
            icon={UserPlus}
            disabledReason={missing}
            onClick={() => setDialog({ kind: 'invite' })}
          >
            Invite user
          </Button>
        </>
      }
    >
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <Loaded query={users} label="users">
          {(all) => {
            const rows = all.filter(matches);
            return rows.length === 0 ? (
              <EmptyState icon={Users} title="No user matches the search" />
            ) : (
              <DataTable
                label="Users"
                rows={rows}
                columns={columns}
                selection={
                  missing === undefined
                    ? {
                        ids: selectedIds,
                        onChange: setSelectedIds,
                        rowLabel: (user) => user.email,
                        isSelectable: (user) => user.id !== ownId,
                      }
                    : undefined
                }
              />
            );
          }}
        </Loaded>
      </div>
      {dialog?.kind === 'invite' && <InviteUserDialog onClose={close} />}
      {dialog?.kind === 'edit' && <EditUserDialog user={dialog.user} onClose={close} />}
      {dialog?.kind === 'reset' && <ResetPasswordDialog user={dialog.user} onClose={close} />}
      {dialog?.kind === 'sign-out' && <SignOutEverywhereDialog user={dialog.user} onClose={close} />}
      {dialog?.kind === 'delete' && (
        <DeleteUsersDialog
          users={dialog.users}
          onClose={close}
          onDeleted={(ids) => setSelectedIds(selectedIds.filter((id) => !ids.includes(id)))}
        />
      )}
    </Page>
  );
}

function userColumns(
  ownId: string,
  missing: string | undefined,
  open: (dialog: OpenDialog) => void,
): readonly Column<UserRowFragment>[] {
  return [
    {
      id: 'user',
      header: 'User',
      sortBy: (user) => userName(user).toLowerCase(),
      cell: (user) => (
        <div className="min-w-0">
          <div className="wrap-anywhere font-medium">
            {userName(user)}
            {user.id === ownId && <span className="ml-1.5 font-normal text-muted">(you)</span>}
          </div>
          {userName(user) !== user.email && <div className="break-all text-muted text-xs">{user.email}</div>}
        </div>
      ),
    },
    {
      id: 'role',
      header: 'Role',
      sortBy: (user) => user.role.name.toLowerCase(),
      cell: (user) => <span className="block max-w-48 truncate">{user.role.name}</span>,
    },
    {
      id: 'status',
      header: 'Status',
      sortBy: (user) => user.status,
      cell: (user) => <UserStatus user={user} />,
    },
    {
      id: 'last-signed-in',
      header: 'Last signed in',
      sortBy: (user) => user.lastLoggedInAt ?? '',
      cell: (user) => <Time value={user.lastLoggedInAt} />,
    },
    {
      id: 'created',
      header: 'Created',
      sortBy: (user) => user.createdAt,
      cell: (user) => <Time value={user.createdAt} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      actions: true,
      cell: (user) => (
        <Menu trigger={<IconButton label={`Actions for ${user.email}`} icon={MoreHorizontal} />}>
          <MenuItem icon={Pencil} disabledReason={missing} onClick={() => open({ kind: 'edit', user })}>
            Edit
          </MenuItem>
          <MenuItem icon={KeyRound} disabledReason={missing} onClick={() => open({ kind: 'reset', user })}>
            Reset password
          </MenuItem>
          <MenuItem icon={LogOut} disabledReason={missing} onClick={() => open({ kind: 'sign-out', user })}>
            Sign out everywhere
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            icon={Trash2}
            danger
            disabledReason={missing ?? (user.id === ownId ? 'Nobody can delete themselves.' : undefined)}
            onClick={() => open({ kind: 'delete', users: [user] })}
          >
            Delete
          </MenuItem>
        </Menu>
      ),
    },
  ];
}

function UserStatus({ user }: { readonly user: UserRowFragment }) {
  if (!user.enabled) return <Badge tone="bad">Disabled</Badge>;
  if (user.status === 'FORCE_CHANGE_PASSWORD') return <Badge tone="warn">Invited</Badge>;
  return <Badge tone="good">Active</Badge>;
}
