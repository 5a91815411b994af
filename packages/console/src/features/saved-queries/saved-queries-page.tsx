import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Bookmark, History, MoreHorizontal, Pencil, Plus, SquareTerminal, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { SavedQueryRowFragment } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import { formatTime } from '../../components/timestamp.ts';
import { DeleteSavedQueryDialog } from './delete-saved-query-dialog.tsx';
import { savedQueriesQuery } from './saved-queries-query.ts';
import { SavedQueryDialog } from './saved-query-dialog.tsx';
import { SavedQueryRuns } from './saved-query-runs.tsx';
import { scheduleText } from './schedule-text.ts';

type Opened =
  | { readonly kind: 'create' }
  | { readonly kind: 'edit' | 'delete' | 'runs'; readonly query: SavedQueryRowFragment };

/** Queries kept under a name, and those that run by themselves. */
export function SavedQueriesPage() {
  const queries = useQuery(savedQueriesQuery);
  const missing = useMissing('DataAnalyticsModify');
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened>();
  const columns = useMemo(
    () =>
      queryColumns(missing, setOpened, (sql) =>
        navigate({ to: '/data-explorer/{-$queryId}', search: { sql } }),
      ),
    [missing, navigate],
  );
  const close = () => setOpened(undefined);
  return (
    <Page
      title="Saved Queries"
      description="Queries kept under a name. With a schedule they run by themselves, over all tables, and scheduled rules judge their rows."
      actions={
        <Button
          variant="primary"
          icon={Plus}
          disabledReason={missing}
          onClick={() => setOpened({ kind: 'create' })}
        >
          New query
        </Button>
      }
    >
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        <Loaded query={queries} label="saved queries">
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={Bookmark} title="No saved queries">
                Save one here, or from the <Link to="/data-explorer/{-$queryId}">Data Explorer</Link>.
              </EmptyState>
            ) : (
              <DataTable label="Saved queries" rows={rows} columns={columns} />
            )
          }
        </Loaded>
      </div>
      {opened?.kind === 'create' && <SavedQueryDialog query={undefined} onClose={close} />}
      {opened?.kind === 'edit' && <SavedQueryDialog query={opened.query} onClose={close} />}
      {opened?.kind === 'delete' && <DeleteSavedQueryDialog query={opened.query} onClose={close} />}
      {opened?.kind === 'runs' && <SavedQueryRuns query={opened.query} onClose={close} />}
    </Page>
  );
}

function queryColumns(
  missing: string | undefined,
  open: (opened: Opened) => void,
  explore: (sql: string) => void,
): readonly Column<SavedQueryRowFragment>[] {
  return [
    {
      id: 'name',
      header: 'Query',
      sortBy: (query) => query.name.toLowerCase(),
      cell: (query) => (
        <div className="min-w-0 max-w-xl">
          <div className="break-words font-medium">{query.name}</div>
          {query.description && <div className="text-muted text-xs">{query.description}</div>}
          <code className="wrap-anywhere line-clamp-2 text-faint text-xs">{query.sql}</code>
        </div>
      ),
    },
    {
      id: 'schedule',
      header: 'Schedule',
      sortBy: (query) => (query.schedule === null ? '' : scheduleText(query.schedule)),
      cell: ({ schedule }) =>
        schedule === null ? (
          <span className="text-faint">None</span>
        ) : (
          <span className="flex flex-wrap items-center gap-2">
            <span className="whitespace-nowrap">{scheduleText(schedule)}</span>
            {schedule.disabled && <Badge>Off</Badge>}
          </span>
        ),
    },
    {
      id: 'next',
      header: 'Next run',
      sortBy: (query) => query.nextRunAt ?? '9',
      cell: ({ nextRunAt }) =>
        nextRunAt === null ? (
          <span className="text-faint">–</span>
        ) : (
          <span className="whitespace-nowrap">{formatTime(nextRunAt, 'seconds')} UTC</span>
        ),
    },
    {
      id: 'updated',
      header: 'Changed',
      sortBy: (query) => query.updatedAt,
      cell: (query) => (
        <span className="whitespace-nowrap">
          <Time value={query.updatedAt} />
          <span className="block text-muted text-xs">{changedBy(query)}</span>
        </span>
      ),
    },
    {
      id: 'actions',
      header: 'Actions',
      actions: true,
      cell: (query) => (
        <Menu trigger={<IconButton label={`Actions for ${query.name}`} icon={MoreHorizontal} />}>
          <MenuItem icon={SquareTerminal} onClick={() => explore(query.sql)}>
            Open in the Data Explorer
          </MenuItem>
          {query.schedule !== null && (
            <MenuItem icon={History} onClick={() => open({ kind: 'runs', query })}>
              Last runs
            </MenuItem>
          )}
          <MenuItem icon={Pencil} disabledReason={missing} onClick={() => open({ kind: 'edit', query })}>
            Edit
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            icon={Trash2}
            danger
            disabledReason={missing}
            onClick={() => open({ kind: 'delete', query })}
          >
            Delete
          </MenuItem>
        </Menu>
      ),
    },
  ];
}

function changedBy({ updatedBy }: SavedQueryRowFragment): string {
  if (updatedBy === null) return '';
  return updatedBy.__typename === 'User' ? updatedBy.email : updatedBy.name;
}
