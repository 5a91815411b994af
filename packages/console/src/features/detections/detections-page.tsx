import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Plus, Power, PowerOff, Radar, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import type { DetectionRowFragment } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { MultiSelect } from '../../components/multi-select.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Switch } from '../../components/switch.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { type DetectionSearch, detectionsInput, parseDetectionSearch } from './detection-filters.ts';
import { isKind, kindLabels, severityTones } from './detection-kinds.ts';
import { DetectionsFrame } from './detections-frame.tsx';
import { SeverityBadge } from './severity-badge.tsx';
import { type TemplateName, templates } from './templates.ts';
import { detectionsQuery, listedMax, useDelete, useSetEnabled } from './use-detection.ts';

const route = getRouteApi('/console/detections');

/** All detections, narrowed by what stands in the address bar. */
export function DetectionsPage() {
  const search = route.useSearch();
  const list = useQuery(detectionsQuery(detectionsInput(search)));
  const [selected, setSelected] = useState<readonly string[]>([]);
  const isFiltered = Object.keys(search).length > 0;
  return (
    <DetectionsFrame
      title="Detections"
      description="Rules and policies that watch events, and what they share."
      actions={<CreateMenu />}
    >
      <FilterBar search={search} />
      <Loaded query={list} label="detections">
        {({ rows, hasMore }) => (
          <>
            <BulkBar rows={rows} selected={selected} onDone={() => setSelected([])} />
            <div className="overflow-hidden rounded-lg border border-line bg-surface">
              {rows.length === 0 ? (
                <EmptyState
                  icon={Radar}
                  title={isFiltered ? 'Nothing matches the filters' : 'No detections yet'}
                >
                  {!isFiltered &&
                    'Create one here, upload a folder with Panther’s tool, or enable the audit log as a log source for the rules that ship with the product.'}
                </EmptyState>
              ) : (
                <DetectionTable rows={rows} selected={selected} onSelect={setSelected} />
              )}
            </div>
            {hasMore && (
              <Notice
                tone="info"
                title={`These are the first ${listedMax}. Narrow the filters to see others.`}
              />
            )}
          </>
        )}
      </Loaded>
    </DetectionsFrame>
  );
}

function DetectionTable({
  rows,
  selected,
  onSelect,
}: {
  readonly rows: readonly DetectionRowFragment[];
  readonly selected: readonly string[];
  readonly onSelect: (ids: readonly string[]) => void;
}) {
  const toast = useToast();
  const missing = useMissing('RuleModify');
  const setEnabled = useSetEnabled(([changed]) => {
    if (changed) toast(`${changed.displayName} is ${changed.enabled ? 'on' : 'off'}`);
  });
  const columns: readonly Column<DetectionRowFragment>[] = [
    {
      id: 'name',
      header: 'Detection',
      sortBy: (row) => row.displayName.toLowerCase(),
      cell: (row) => (
        <span className="flex min-w-0 flex-col">
          <Link
            to="/detections/$kind/$id"
            params={{ kind: row.kind, id: row.id }}
            className="break-words font-medium hover:text-accent hover:underline"
          >
            {row.displayName}
          </Link>
          {row.displayName !== row.id && (
            <span className="break-all font-mono text-2xs text-muted">{row.id}</span>
          )}
        </span>
      ),
    },
    {
      id: 'kind',
      header: 'Kind',
      sortBy: (row) => row.kind,
      cell: (row) => (
        <span className="flex flex-wrap items-center gap-1.5">
          {isKind(row.kind) && kindLabels[row.kind]}
          {row.managed && <Badge>Managed</Badge>}
        </span>
      ),
    },
    {
      id: 'severity',
      header: 'Severity',
      sortBy: (row) => Object.keys(severityTones).indexOf(row.severity ?? ''),
      cell: (row) => row.severity && <SeverityBadge severity={row.severity} />,
    },
    {
      id: 'sources',
      header: 'Log types',
      cell: (row) => (
        <span className="flex flex-wrap gap-x-2 font-mono text-xs">
          {row.sources.map((source) => (
            <span key={source} className="md:whitespace-nowrap">
              {source}
            </span>
          ))}
        </span>
      ),
    },
    {
      id: 'updated',
      header: 'Updated',
      sortBy: (row) => row.updatedAt,
      cell: (row) => <Time value={row.updatedAt} />,
    },
    {
      id: 'enabled',
      header: 'On',
      sortBy: (row) => Number(row.enabled),
      cell: (row) => (
        <Switch
          aria-label={`${row.displayName} is on`}
          checked={row.enabled}
          disabled={missing !== undefined || setEnabled.isPending}
          onCheckedChange={(enabled) => setEnabled.mutate({ ids: [row.id], enabled })}
        />
      ),
    },
  ];
  return (
    <>
      {setEnabled.error && <Notice tone="bad" title={setEnabled.error.message} />}
      <DataTable
        label="Detections"
        rows={rows}
        columns={columns}
        selection={{
          ids: selected,
          onChange: onSelect,
          rowLabel: (row) => row.displayName,
          isSelectable: () => missing === undefined,
        }}
      />
    </>
  );
}

/** What can be done to all that are ticked. */
function BulkBar({
  rows,
  selected,
  onDone,
}: {
  readonly rows: readonly DetectionRowFragment[];
  readonly selected: readonly string[];
  readonly onDone: () => void;
}) {
  const toast = useToast();
  const [deleting, setDeleting] = useState(false);
  const setEnabled = useSetEnabled((changed) => {
    toast(`${counted(changed.length)} turned ${changed[0]?.enabled ? 'on' : 'off'}`);
    onDone();
  });
  const remove = useDelete(() => {
    toast(`${counted(selected.length)} deleted`);
    setDeleting(false);
    onDone();
  });
  if (selected.length === 0) return null;
  const managed = rows.filter((row) => selected.includes(row.id) && row.managed);
  const error = setEnabled.error;
  return (
    <div role="toolbar" aria-label="Selected detections" className="flex flex-wrap items-center gap-2">
      <span className="mr-2 font-medium text-sm">{selected.length} selected</span>
      <Button
        icon={Power}
        pending={setEnabled.isPending}
        onClick={() => setEnabled.mutate({ ids: selected, enabled: true })}
      >
        Turn on
      </Button>
      <Button
        icon={PowerOff}
        pending={setEnabled.isPending}
        onClick={() => setEnabled.mutate({ ids: selected, enabled: false })}
      >
        Turn off
      </Button>
      <Button
        icon={Trash2}
        disabledReason={managed.length > 0 ? 'Managed detections can only be turned on or off' : undefined}
        onClick={() => setDeleting(true)}
      >
        Delete
      </Button>
      <Button variant="ghost" icon={X} onClick={onDone}>
        Clear
      </Button>
      {error && <Notice tone="bad" title={error.message} />}
      <ConfirmDialog
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={() => remove.mutate(selected)}
        title={`Delete ${counted(selected.length)}?`}
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
      >
        <p>Alerts that they raised stay, and so do their versions.</p>
      </ConfirmDialog>
    </div>
  );
}

function counted(count: number): string {
  return count === 1 ? '1 detection' : `${count} detections`;
}

const kindOptions = Object.entries(kindLabels).map(([value, label]) => ({ value, label }));
const severityOptions = Object.keys(severityTones).map((value) => ({
  value,
  label: value.charAt(0) + value.slice(1).toLowerCase(),
}));
const stateOptions = [
  { value: 'on', label: 'On' },
  { value: 'off', label: 'Off' },
];
const originOptions = [
  { value: 'managed', label: 'Managed' },
  { value: 'own', label: 'Own' },
];

function FilterBar({ search }: { readonly search: DetectionSearch }) {
  const navigate = useNavigate();
  const change = (changes: Record<string, unknown>) =>
    void navigate({ to: '/detections', search: parseDetectionSearch({ ...search, ...changes }) });
  /** Both of two values is the same as neither. */
  const single = (name: string, chosen: readonly string[]) =>
    change({ [name]: chosen.length === 1 ? chosen[0] : undefined });
  return (
    <search
      aria-label="Filter the detections"
      className="thin-scrollbar -mx-4 flex items-center gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:flex-wrap sm:px-0"
    >
      <TextFilter label="Name" placeholder="a part of it" value={search.q} onCommit={(q) => change({ q })} />
      <MultiSelect
        label="Kind"
        options={kindOptions}
        value={search.kind ?? []}
        onCommit={(kind) => change({ kind })}
      />
      <MultiSelect
        label="Severity"
        options={severityOptions}
        value={search.severity ?? []}
        onCommit={(severity) => change({ severity })}
      />
      <TextFilter
        label="Log type"
        placeholder="Panther.Audit"
        value={search.logType}
        onCommit={(logType) => change({ logType })}
      />
      <TextFilter label="Tag" placeholder="any" value={search.tag} onCommit={(tag) => change({ tag })} />
      <MultiSelect
        label="State"
        options={stateOptions}
        value={search.state === undefined ? [] : [search.state]}
        onCommit={(chosen) => single('state', chosen)}
      />
      <MultiSelect
        label="Origin"
        options={originOptions}
        value={search.origin === undefined ? [] : [search.origin]}
        onCommit={(chosen) => single('origin', chosen)}
      />
      {Object.keys(search).length > 0 && (
        <Button variant="ghost" icon={X} onClick={() => void navigate({ to: '/detections', search: {} })}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

function CreateMenu() {
  const missing = useMissing('RuleModify');
  return (
    <Menu
      trigger={
        <Button variant="primary" icon={Plus} disabledReason={missing}>
          Create
        </Button>
      }
    >
      {(Object.entries(templates) as [TemplateName, (typeof templates)[TemplateName]][]).map(
        ([name, { label, hint }]) => (
          <MenuItem key={name} render={<Link to="/detections/new" search={{ template: name }} />}>
            {label}
            <span className="block text-muted text-xs">{hint}</span>
          </MenuItem>
        ),
      )}
    </Menu>
  );
}
