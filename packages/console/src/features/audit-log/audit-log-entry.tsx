import { type AuditRecord, actions, isActionName } from '@pawprint/record';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { ChevronDown, ChevronUp, ListFilter } from 'lucide-react';
import type { ReactNode } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AuditLogDocument } from '../../api/operations.ts';
import { IconButton } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Drawer } from '../../components/dialog.tsx';
import { Hint } from '../../components/hint.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { ErrorState, SkeletonRows } from '../../components/states.tsx';
import { formatRelativeTime } from '../../components/timestamp.ts';
import { auditLogEntryKey } from './audit-log-entry-query.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { type AuditLogSearch, fieldName } from './audit-log-filters.ts';
import { EntryVerification } from './entry-verification.tsx';
import { changesOf, type Leaf, leavesOf } from './record-changes.ts';
import { RecordChangesTable } from './record-changes-table.tsx';
import { RecordFollow } from './record-follow.tsx';
import { RecordMenu } from './record-menu.tsx';
import { ResultMark } from './result-mark.tsx';
import { useNeighbours, useOpenEntry } from './shown-entries.ts';

const route = getRouteApi('/console/audit-log/$index');

/** One record, whole: every field laid out, then the record itself as JSON. */
export function AuditLogEntryDrawer() {
  const { index } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const entry = useQuery({
    queryKey: auditLogEntryKey(Number(index)),
    queryFn: async ({ signal }) =>
      (await graphql(AuditLogDocument, { index: Number(index) }, signal)).auditLog as AuditLogEntry,
  });
  const record = entry.data?.record;
  const open = useOpenEntry(search);
  const { newer, older } = useNeighbours(Number(index));
  const goTo = (neighbour: AuditLogEntry | undefined) => neighbour && open(neighbour, { replace: true });
  return (
    <Drawer
      onClose={() => void navigate({ to: '/audit-log', search })}
      title={<span className="font-mono text-base">{record?.actionName ?? `Record ${index}`}</span>}
      description={record && meaning(record)}
      actions={
        <>
          {entry.data && <RecordMenu entry={entry.data} />}
          <IconButton
            label="Newer record (K)"
            icon={ChevronUp}
            disabled={!newer}
            focusableWhenDisabled
            onClick={() => goTo(newer)}
          />
          <IconButton
            label="Older record (J)"
            icon={ChevronDown}
            disabled={!older}
            focusableWhenDisabled
            onClick={() => goTo(older)}
          />
        </>
      }
      onKeyDown={({ key, ctrlKey, metaKey, altKey }) => {
        if (ctrlKey || metaKey || altKey) return;
        if (key === 'k') goTo(newer);
        if (key === 'j') goTo(older);
      }}
    >
      {entry.isPending && <SkeletonRows label="Loading the record" />}
      {entry.isError && <ErrorState error={entry.error} onRetry={() => void entry.refetch()} />}
      {entry.data && <Entry entry={entry.data} />}
    </Drawer>
  );
}

function meaning({ actionName, actionDescription }: AuditRecord): string | undefined {
  return isActionName(actionName) ? actions[actionName].meaning : actionDescription;
}

function Entry({ entry }: { readonly entry: AuditLogEntry }) {
  const { record } = entry;
  const { actor } = record;
  const changes = changesOf(record.actionDetails);
  return (
    <div className="flex flex-col gap-6">
      <Fields title="Summary">
        <Value name="Result">
          <ResultMark result={record.actionResult} />
        </Value>
        {record.errors?.map(({ message }, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a record never changes
          <Value key={position} name={position === 0 ? 'Errors' : ''}>
            <span className="text-bad">{message}</span>
          </Value>
        ))}
        <Value name="Action" filter={{ action: [record.actionName] }}>
          <code className="text-xs">{record.actionName}</code>
        </Value>
        {record.actionDescription && <Value name="Description">{record.actionDescription}</Value>}
        <Value name="Time">
          <code className="text-xs">{record.timestamp} UTC</code>
          <span className="ml-2 text-muted">{formatRelativeTime(record.timestamp, new Date())}</span>
        </Value>
        <Value name="Actor" filter={{ actor: actor.name || actor.id }}>
          {actor.name || '–'}
          <span className="ml-2 text-muted">{actor.type === 'TOKEN' ? 'API token' : 'User'}</span>
        </Value>
        <Value name="Source IP" {...(record.sourceIP && { filter: { ip: record.sourceIP } })}>
          <code className="text-xs">{record.sourceIP || '–'}</code>
        </Value>
      </Fields>
      <EntryVerification key={entry.index} entry={entry} />
      <RecordFollow record={record} />
      {changes && <RecordChangesTable changes={changes} />}
      <Leaves title="Parameters" leaves={leavesOf(record.actionParams, 'actionParams')} />
      <Leaves
        title="Details"
        leaves={leavesOf(record.actionDetails, 'actionDetails').filter(({ path }) => !isChange(path))}
      />
      <Fields title="Actor">
        <Value name="id">
          <code className="text-xs">{actor.id}</code>
        </Value>
        {Object.entries(actor.attributes ?? {}).map(([name, value]) => (
          <Value key={name} name={name}>
            {text(value)}
          </Value>
        ))}
      </Fields>
      <Fields title="Request">
        <Value name="X-Forwarded-For">
          <code className="text-xs">{record.XForwardedFor?.join(', ') || '–'}</code>
        </Value>
        <Value name="User agent">{record.userAgent || '–'}</Value>
      </Fields>
      <Fields title="History">
        <Value name="Index">{entry.index}</Value>
        <Value name="Entry id">
          <code className="text-xs">{entry.id}</code>
        </Value>
        <Value name="Version">{record.pantherVersion}</Value>
      </Fields>
      <section aria-label="Raw record">
        <div className="mb-1.5 flex items-center justify-between">
          <h3 className="font-semibold text-sm">Raw record</h3>
          <CopyButton text={JSON.stringify(record, null, 2)} label="Copy JSON" variant="ghost" size="small" />
        </div>
        <JsonView value={record} />
      </section>
    </div>
  );
}

function Fields({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-semibold text-sm">{title}</h3>
      <dl className="divide-y divide-line border-line border-y">{children}</dl>
    </section>
  );
}

type ValueProps = {
  readonly name: string;
  /** The filter that finds the records with the same value. */
  readonly filter?: AuditLogSearch;
  readonly children: ReactNode;
};

function Value({ name, filter, children }: ValueProps) {
  return (
    <div className="group grid min-h-8 grid-cols-[8.5rem_1fr_auto] items-center gap-2 py-1 text-sm max-sm:grid-cols-[6.5rem_1fr_auto]">
      <dt className="wrap-anywhere text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
      {filter && (
        <Hint text="Show only such records">
          <Link
            to="/audit-log"
            search={filter}
            aria-label={`Filter by this ${name.toLowerCase()}`}
            className="rounded-sm p-1 text-faint hover:bg-hover hover:text-ink"
          >
            <ListFilter className="size-3.5" aria-hidden="true" />
          </Link>
        </Hint>
      )}
    </div>
  );
}

type LeavesProps = { readonly title: string; readonly leaves: readonly Leaf[] };

/** The values of a part of the record, each with the filter that finds the records with the same one there. */
function Leaves({ title, leaves }: LeavesProps) {
  if (leaves.length === 0) return null;
  return (
    <Fields title={title}>
      {leaves.map(({ path, text }, position) => (
        <Value
          // biome-ignore lint/suspicious/noArrayIndexKey: a record never changes
          key={position}
          name={fieldName(path)}
          {...(text.length <= filteredTextMax && { filter: { field: [`${path}=${text}`] } })}
        >
          <span className="wrap-anywhere font-mono text-xs">{text}</span>
        </Value>
      ))}
    </Fields>
  );
}

/** The longest text that a filter takes. */
const filteredTextMax = 1_024;

/** Whether a value is one of those before and after, which the table of changes shows. */
function isChange(path: string): boolean {
  return /^actionDetails\.(?:before|after)\b/.test(path);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value || '–' : JSON.stringify(value);
}
