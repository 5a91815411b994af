import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Package, Plus, Power, PowerOff, Radar, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  DeleteDetectionsDocument,
  type Severity,
  UpdateDetectionStateDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, buttonClassName } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { controlClassName } from '../../components/field.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { MultiSelect } from '../../components/multi-select.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { SeverityMark } from '../alerts/alert-marks.tsx';
import { severityLabels } from '../alerts/alert-words.ts';
import { type DetectionFilters, type DetectionRow, filterDetections } from './detection-filters.ts';
import { detectionsQuery } from './detections-query.ts';
import { kindLabels } from './families.ts';
import { templates } from './templates.ts';

/** So many are drawn; a filter finds the others. */
const shownMax = 250;

export function DetectionsPage() {
  const detections = useQuery(detectionsQuery);
  const [filters, setFilters] = useState<DetectionFilters>({
    text: '',
    kinds: [],
    severities: [],
    states: [],
  });
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([]);
  const all = useMemo(
    () =>
      (detections.data ?? []).map((row) => ({ ...row, detectionId: row.id, id: `${row.kind} ${row.id}` })),
    [detections.data],
  );
  const found = useMemo(() => filterDetections(all, filters), [all, filters]);
  const selected = found.filter(({ id }) => selectedIds.includes(id));
  return (
    <Page
      title="Detections"
      description="Rules over what is logged, and what they share. Those marked managed ship with the product."
      actions={
        <>
          <Link to="/detections/packs" className={buttonClassName()}>
            <Package className="size-4" aria-hidden="true" />
            Packs
          </Link>
          <NewDetectionMenu />
        </>
      }
    >
      <FilterRow filters={filters} onChange={setFilters} />
      {selected.length > 0 && <BulkActions selected={selected} onDone={() => setSelectedIds([])} />}
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <Loaded query={detections} label="detections">
          {() =>
            found.length === 0 ? (
              <EmptyState icon={Radar} title={all.length === 0 ? 'No detections yet' : 'Nothing matches'}>
                {all.length === 0 && 'Enable the audit log as a log source, and its managed rules are here.'}
              </EmptyState>
            ) : (
              <DataTable
                label="Detections"
                rows={found.slice(0, shownMax)}
                columns={columns}
                selection={{
                  ids: selectedIds,
                  onChange: setSelectedIds,
                  rowLabel: ({ displayName }) => displayName,
                  isSelectable: () => true,
                }}
              />
            )
          }
        </Loaded>
      </div>
      {found.length > shownMax && (
        <p className="text-muted text-sm" role="status">
          {shownMax} of {found.length.toLocaleString()} are shown: narrow the filters to see others.
        </p>
      )}
    </Page>
  );
}

const columns: readonly Column<DetectionRow>[] = [
  {
    id: 'name',
    header: 'Detection',
    sortBy: ({ displayName }) => displayName.toLowerCase(),
    cell: ({ kind, detectionId, displayName, managed }) => (
      <span className="flex min-w-0 flex-col">
        <span className="flex flex-wrap items-center gap-2">
          <Link
            to="/detections/$kind/$id"
            params={{ kind, id: detectionId }}
            className="break-words font-medium hover:underline"
          >
            {displayName}
          </Link>
          {managed && <Badge tone="accent">Managed</Badge>}
        </span>
        {displayName !== detectionId && (
          <span className="break-all font-mono text-muted text-xs">{detectionId}</span>
        )}
      </span>
    ),
  },
  {
    id: 'kind',
    header: 'Kind',
    sortBy: ({ kind }) => kind,
    cell: ({ kind, language }) => (
      <span className="whitespace-nowrap">
        {kindLabels[kind] ?? kind}
        <span className="block text-muted text-xs">{languages[language] ?? language}</span>
      </span>
    ),
  },
  {
    id: 'severity',
    header: 'Severity',
    sortBy: ({ severity }) => Object.keys(severityLabels).indexOf(severity ?? ''),
    cell: ({ severity }) => severity && <SeverityMark severity={severity} />,
  },
  {
    id: 'sources',
    header: 'Log types',
    cell: ({ sources }) => <span className="break-words font-mono text-xs">{sources.join(', ')}</span>,
  },
  {
    id: 'state',
    header: 'State',
    sortBy: ({ enabled }) => (enabled ? 0 : 1),
    cell: ({ enabled }) => (enabled ? <Badge tone="good">On</Badge> : <Badge>Off</Badge>),
  },
  {
    id: 'updated',
    header: 'Updated',
    sortBy: ({ updatedAt }) => updatedAt,
    cell: ({ updatedAt }) => <Time value={updatedAt} />,
  },
];

const languages: Readonly<Record<string, string>> = {
  python: 'Python',
  typescript: 'TypeScript',
  yaml: 'YAML',
};

function NewDetectionMenu() {
  const missing = useMissing('RuleModify');
  const navigate = useNavigate();
  if (missing !== undefined) {
    return (
      <Button variant="primary" icon={Plus} disabledReason={missing}>
        New detection
      </Button>
    );
  }
  return (
    <Menu
      trigger={
        <Button variant="primary" icon={Plus}>
          New detection
        </Button>
      }
    >
      {Object.entries(templates).map(([template, { label, hint }]) => (
        <MenuItem
          key={template}
          onClick={() => void navigate({ to: '/detections/new/$template', params: { template } })}
        >
          {label}
          <span className="block text-muted text-xs">{hint}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}

function FilterRow({
  filters,
  onChange,
}: {
  readonly filters: DetectionFilters;
  readonly onChange: (filters: DetectionFilters) => void;
}) {
  return (
    <search aria-label="Filter the detections" className="flex flex-wrap items-center gap-2">
      <input
        type="search"
        aria-label="Search detections"
        placeholder="Search name, id, log type or tag"
        value={filters.text}
        onChange={({ target }) => onChange({ ...filters, text: target.value })}
        className={classNames(controlClassName, 'h-8 sm:w-72')}
      />
      <MultiSelect
        label="Kind"
        options={Object.entries(kindLabels).map(([value, label]) => ({ value, label }))}
        value={filters.kinds}
        onCommit={(kinds) => onChange({ ...filters, kinds })}
      />
      <MultiSelect
        label="Severity"
        options={(Object.entries(severityLabels) as [Severity, string][]).map(([value, label]) => ({
          value,
          label,
        }))}
        value={filters.severities}
        onCommit={(severities) => onChange({ ...filters, severities })}
      />
      <MultiSelect
        label="State"
        options={[
          { value: 'on', label: 'On' },
          { value: 'off', label: 'Off' },
          { value: 'managed', label: 'Managed' },
        ]}
        value={filters.states}
        onCommit={(states) => onChange({ ...filters, states })}
      />
    </search>
  );
}

function BulkActions({
  selected,
  onDone,
}: {
  readonly selected: readonly DetectionRow[];
  readonly onDone: () => void;
}) {
  const toast = useToast();
  const queryClient = useQueryClient();
  const missing = useMissing('RuleModify');
  const [asksToDelete, setAsksToDelete] = useState(false);
  const ids = selected.map(({ detectionId }) => detectionId);
  const count = `${ids.length} ${ids.length === 1 ? 'detection' : 'detections'}`;
  const finish = async (said: string) => {
    toast(said);
    onDone();
    await queryClient.invalidateQueries({ queryKey: detectionsQuery.queryKey });
  };
  const turn = useMutation({
    mutationFn: (enabled: boolean) => graphql(UpdateDetectionStateDocument, { input: { ids, enabled } }),
    onSuccess: (_, enabled) => finish(`Turned ${count} ${enabled ? 'on' : 'off'}`),
  });
  const remove = useMutation({
    mutationFn: () => graphql(DeleteDetectionsDocument, { input: { ids } }),
    onSuccess: () => finish(`Deleted ${count}`),
  });
  const managed = selected.some((row) => row.managed)
    ? 'Managed detections can only be turned off'
    : undefined;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="font-medium text-sm">{count} selected</span>
      <Button
        icon={Power}
        disabledReason={missing}
        pending={turn.isPending && turn.variables}
        onClick={() => turn.mutate(true)}
      >
        Turn on
      </Button>
      <Button
        icon={PowerOff}
        disabledReason={missing}
        pending={turn.isPending && !turn.variables}
        onClick={() => turn.mutate(false)}
      >
        Turn off
      </Button>
      <Button icon={Trash2} disabledReason={missing ?? managed} onClick={() => setAsksToDelete(true)}>
        Delete
      </Button>
      {turn.error && <Notice tone="bad" title={turn.error.message} />}
      <ConfirmDialog
        open={asksToDelete}
        onClose={() => setAsksToDelete(false)}
        onConfirm={() => remove.mutate()}
        title={`Delete ${count}?`}
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
      >
        <p>
          Alerts they have made stay. A detection of the same id that is made later goes on with their
          versions.
        </p>
      </ConfirmDialog>
    </div>
  );
}
