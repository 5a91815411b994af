import { useMutation, useQuery } from '@tanstack/react-query';
import { MoreHorizontal, Pencil, Plus, Send, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  DeleteDestinationDocument,
  type DestinationRowFragment,
  SendTestAlertDocument,
} from '../../api/operations.ts';
import { withoutRows } from '../../api/rows.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useToast } from '../../components/toast.tsx';
import { severityLabels, typeLabels } from '../alerts/alert-words.ts';
import { DestinationDialog } from './destination-dialog.tsx';
import { destinationsQuery, useUpdateDestinations } from './destinations-query.ts';

type OpenDialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'edit' | 'delete'; readonly destination: DestinationRowFragment };

export function DestinationsPage() {
  const destinations = useQuery(destinationsQuery);
  const missing = useMissing('DestinationModify');
  const toast = useToast();
  const [dialog, setDialog] = useState<OpenDialog>();
  const test = useMutation({
    mutationFn: async ({ id }: DestinationRowFragment) =>
      (await graphql(SendTestAlertDocument, { input: { id } })).sendTestAlert,
    onSuccess: (_, { name }) => toast(`${name} took the test alert`),
  });
  const { mutate: sendTest } = test;
  const columns = useMemo(
    () => destinationColumns(missing, { open: setDialog, sendTest }),
    [missing, sendTest],
  );
  const add = (
    <Button variant="primary" icon={Plus} disabledReason={missing} onClick={() => setDialog({ kind: 'add' })}>
      Add destination
    </Button>
  );
  return (
    <Page
      title="Destinations"
      description="Where alerts are sent: by themselves, by severity and kind, or because a detection says so."
      actions={add}
    >
      {test.isPending && <Notice tone="info" title={`Sending a test alert to ${test.variables.name}`} />}
      {test.error && <Notice tone="bad" title={test.error.message} />}
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <Loaded query={destinations} label="destinations">
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={Send} title="Alerts are sent nowhere yet">
                Until there is a destination, alerts are only in the console.
              </EmptyState>
            ) : (
              <DataTable label="Destinations" rows={rows} columns={columns} />
            )
          }
        </Loaded>
      </div>
      {dialog?.kind === 'add' && (
        <DestinationDialog destination={undefined} onClose={() => setDialog(undefined)} />
      )}
      {dialog?.kind === 'edit' && (
        <DestinationDialog destination={dialog.destination} onClose={() => setDialog(undefined)} />
      )}
      {dialog?.kind === 'delete' && (
        <DeleteDestinationDialog destination={dialog.destination} onClose={() => setDialog(undefined)} />
      )}
    </Page>
  );
}

function destinationColumns(
  missing: string | undefined,
  {
    open,
    sendTest,
  }: {
    readonly open: (dialog: OpenDialog) => void;
    readonly sendTest: (destination: DestinationRowFragment) => void;
  },
): readonly Column<DestinationRowFragment>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      sortBy: ({ name }) => name.toLowerCase(),
      cell: ({ name, webhook, email }) => (
        <div className="min-w-0">
          <div className="wrap-anywhere font-medium">{name}</div>
          <div className="break-all text-muted text-xs">{webhook?.url ?? email?.addresses.join(', ')}</div>
        </div>
      ),
    },
    {
      id: 'type',
      header: 'Type',
      sortBy: ({ type }) => type,
      cell: ({ type, webhook }) => (
        <span className="whitespace-nowrap">
          {type === 'email' ? 'E-mail' : type === 'webhook' ? 'Webhook' : type}
          {webhook?.hasSecret && <span className="ml-1.5 text-muted text-xs">signed</span>}
        </span>
      ),
    },
    {
      id: 'takes',
      header: 'Takes',
      cell: ({ severities, alertTypes, logTypes }) => (
        <div className="text-xs">
          <div>
            {list(
              severities.map((severity) => severityLabels[severity]),
              Object.keys(severityLabels).length,
              'every severity',
              'no severity by itself',
            )}
          </div>
          <div className="text-muted">
            {alertTypes.length === 0 ? 'all kinds' : alertTypes.map((type) => typeLabels[type]).join(', ')}
            {logTypes.length > 0 && ` of ${logTypes.join(', ')}`}
          </div>
        </div>
      ),
    },
    {
      id: 'deliveries',
      header: 'Deliveries',
      sortBy: ({ failedDeliveries }) => failedDeliveries,
      cell: ({ pendingDeliveries, failedDeliveries }) => (
        <div className="flex flex-wrap gap-1">
          {failedDeliveries > 0 && <Badge tone="bad">{failedDeliveries} failed</Badge>}
          {pendingDeliveries > 0 && <Badge tone="warn">{pendingDeliveries} on their way</Badge>}
          {failedDeliveries + pendingDeliveries === 0 && <Badge tone="good">All delivered</Badge>}
        </div>
      ),
    },
    {
      id: 'actions',
      header: 'Actions',
      actions: true,
      cell: (destination) => (
        <Menu trigger={<IconButton label={`Actions for ${destination.name}`} icon={MoreHorizontal} />}>
          <MenuItem icon={Send} disabledReason={missing} onClick={() => sendTest(destination)}>
            Send test alert
          </MenuItem>
          <MenuItem
            icon={Pencil}
            disabledReason={missing}
            onClick={() => open({ kind: 'edit', destination })}
          >
            Edit
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            icon={Trash2}
            danger
            disabledReason={missing}
            onClick={() => open({ kind: 'delete', destination })}
          >
            Delete
          </MenuItem>
        </Menu>
      ),
    },
  ];
}

function list(items: readonly string[], all: number, whenAll: string, whenNone: string): string {
  if (items.length === all) return whenAll;
  return items.length === 0 ? whenNone : items.join(', ');
}

type DeleteDestinationDialogProps = {
  readonly destination: DestinationRowFragment;
  readonly onClose: () => void;
};

function DeleteDestinationDialog({ destination: { id, name }, onClose }: DeleteDestinationDialogProps) {
  const toast = useToast();
  const updateDestinations = useUpdateDestinations();
  const remove = useMutation({
    mutationFn: () => graphql(DeleteDestinationDocument, { input: { id } }),
    onSuccess: () => {
      updateDestinations((rows) => withoutRows(rows, [id]));
      toast(`Deleted ${name}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={`Delete ${name}?`}
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      Alerts on their way there do not arrive, and detections that name it fall back on the other
      destinations.
    </ConfirmDialog>
  );
}
