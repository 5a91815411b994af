import { useQuery } from '@tanstack/react-query';
import { KeyRound, MoreHorizontal, Pencil, Plus, RotateCw, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { TokenRowFragment } from '../../api/operations.ts';
import { permissionLabel } from '../../api/permission-label.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Hint } from '../../components/hint.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import { ApiTokenDialog } from './api-token-dialog.tsx';
import { apiTokensQuery } from './api-tokens-query.ts';
import { DeleteApiTokenDialog } from './delete-api-token-dialog.tsx';
import { RotateApiTokenDialog } from './rotate-api-token-dialog.tsx';

type OpenDialog =
  | { readonly kind: 'create' }
  | { readonly kind: 'edit' | 'rotate' | 'delete'; readonly token: TokenRowFragment };

export function ApiTokensPage() {
  const tokens = useQuery(apiTokensQuery);
  const missing = useMissing('OrganizationAPITokenModify');
  const [dialog, setDialog] = useState<OpenDialog>();
  const columns = useMemo(() => tokenColumns(missing, setDialog), [missing]);
  const close = () => setDialog(undefined);
  const create = (
    <Button
      variant="primary"
      icon={Plus}
      disabledReason={missing}
      onClick={() => setDialog({ kind: 'create' })}
    >
      Create token
    </Button>
  );
  return (
    <Page
      title="API Tokens"
      description="Keys for programs, sent in the X-API-Key header. Everything done with one is recorded under its name."
      actions={create}
    >
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <Loaded query={tokens} label="API tokens">
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={KeyRound} title="No API tokens">
                Create one to use the API from a program, a pipeline or the command line.
              </EmptyState>
            ) : (
              <DataTable label="API tokens" rows={rows} columns={columns} />
            )
          }
        </Loaded>
      </div>
      {dialog?.kind === 'create' && <ApiTokenDialog token={undefined} onClose={close} />}
      {dialog?.kind === 'edit' && <ApiTokenDialog token={dialog.token} onClose={close} />}
      {dialog?.kind === 'rotate' && <RotateApiTokenDialog token={dialog.token} onClose={close} />}
      {dialog?.kind === 'delete' && <DeleteApiTokenDialog token={dialog.token} onClose={close} />}
    </Page>
  );
}

function tokenColumns(
  missing: string | undefined,
  open: (dialog: OpenDialog) => void,
): readonly Column<TokenRowFragment>[] {
  return [
    {
      id: 'name',
      header: 'Token',
      sortBy: (token) => token.name.toLowerCase(),
      cell: (token) => (
        <div className="min-w-0">
          <div className="break-words font-medium">{token.name}</div>
          <div className="font-mono text-muted text-xs max-md:break-all md:whitespace-nowrap">{token.id}</div>
        </div>
      ),
    },
    {
      id: 'permissions',
      header: 'Permissions',
      sortBy: (token) => token.permissions.length,
      cell: (token) => (
        <Hint text={token.permissions.map(permissionLabel).join(', ') || 'None'}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the list is reachable by keyboard through it */}
          <span tabIndex={0} className="underline decoration-dotted underline-offset-2">
            {token.permissions.length}
          </span>
        </Hint>
      ),
    },
    {
      id: 'addresses',
      header: 'Allowed addresses',
      cell: (token) =>
        token.allowedCIDRBlocks.length === 0 ? (
          'Any'
        ) : (
          <span className="font-mono text-xs">{token.allowedCIDRBlocks.join(', ')}</span>
        ),
    },
    {
      id: 'last-used',
      header: 'Last used',
      sortBy: (token) => token.lastUsedAt ?? '',
      cell: (token) => <Time value={token.lastUsedAt} />,
    },
    {
      id: 'rotated',
      header: 'Rotated',
      sortBy: (token) => token.rotatedAt ?? '',
      cell: (token) => <Time value={token.rotatedAt} />,
    },
    {
      id: 'expires',
      header: 'Expires',
      sortBy: (token) => token.expiresAt ?? '9',
      cell: (token) =>
        token.expiresAt !== null && Date.parse(token.expiresAt) <= Date.now() ? (
          <Badge tone="bad">Expired</Badge>
        ) : (
          <Time value={token.expiresAt} />
        ),
    },
    {
      id: 'actions',
      header: 'Actions',
      actions: true,
      cell: (token) => (
        <Menu trigger={<IconButton label={`Actions for ${token.name}`} icon={MoreHorizontal} />}>
          <MenuItem icon={Pencil} disabledReason={missing} onClick={() => open({ kind: 'edit', token })}>
            Edit
          </MenuItem>
          <MenuItem icon={RotateCw} disabledReason={missing} onClick={() => open({ kind: 'rotate', token })}>
            Rotate
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            icon={Trash2}
            danger
            disabledReason={missing}
            onClick={() => open({ kind: 'delete', token })}
          >
            Delete
          </MenuItem>
        </Menu>
      ),
    },
  ];
}
