import { useMutation, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { RebuildDataLakeTableDocument } from '../../api/operations.ts';
import { useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { useToast } from '../../components/toast.tsx';
import { tablesKey } from './query-run.ts';
import type { Database } from './sql-completion.ts';

type TableDamageProps = { readonly database: string; readonly table: Database['tables'][number] };

/** What is offered, and what is said of it, by where the rows come back from. */
const rebuilds = {
  LEDGER: {
    offer: 'Rebuild from the ledger',
    outcome: (rows: number, _table: string) => `${rows} rows come back from the ledger`,
  },
  BUCKET: {
    offer: 'Restore from the bucket',
    outcome: (rows: number, _table: string) => `What the bucket has of ${rows} rows comes back`,
  },
  NONE: {
    offer: 'Go on without these rows',
    outcome: (rows: number, table: string) => `${table} is without ${rows} rows now`,
  },
};

/** Says which rows a table has lost, and offers to make it whole. Nothing for a sound table. */
export function TableDamage({ database, table }: TableDamageProps) {
  const { name, damagedFiles, rebuildSource, rebuildProgress } = table;
  const { offer, outcome } = rebuilds[rebuildSource ?? 'NONE'];
  const mayRebuild = useSession().permissions.includes('GeneralSettingsModify');
  const toast = useToast();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: tablesKey });
  const rebuild = useMutation({
    mutationFn: async () =>
      (await graphql(RebuildDataLakeTableDocument, { input: { databaseName: database, tableName: name } }))
        .rebuildDataLakeTable,
    onSuccess: ({ rows }) => toast(outcome(rows, name)),
    onSettled: refresh,
  });
  if (damagedFiles.length === 0) return null;
  const rows = damagedFiles.reduce((sum, file) => sum + file.rows, 0);
  return (
    <div className="px-3 py-1.5">
      <Notice tone="warn" title={`${rows} rows are missing`}>
        {damagedFiles.slice(0, 3).map(({ path, damage }) => (
          <p key={path} className="text-xs">
            <span className="break-all font-mono">{path}</span> is {damage}
          </p>
        ))}
        {damagedFiles.length > 3 && <p className="text-xs">and {damagedFiles.length - 3} more files</p>}
        {rebuild.error && (
          <p role="alert" className="text-bad text-xs">
            {rebuild.error.message}
          </p>
        )}
        {rebuildProgress !== null ? (
          <p className="mt-1.5 flex items-center gap-2 text-xs">
            <span role="status">{Math.floor(rebuildProgress * 100)}% rebuilt</span>
            <Button size="small" variant="ghost" onClick={() => void refresh()}>
              Refresh
            </Button>
          </p>
        ) : (
          mayRebuild && (
            <Button
              size="small"
              className="mt-1.5"
              disabled={rebuild.isPending}
              onClick={() => rebuild.mutate()}
            >
              {offer}
            </Button>
          )
        )}
      </Notice>
    </div>
  );
}
