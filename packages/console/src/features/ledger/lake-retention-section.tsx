import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { RebuildDataLakeTableDocument } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Section } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { bytes, count } from '../data-explorer/quantities.ts';
import { LakeRetentionDialog } from './lake-retention-dialog.tsx';
import { defaultPeriod, lakeRetentionQuery, type TableRetention } from './lake-retention-query.ts';

/** For how long the data lake's tables keep their rows. */
export function LakeRetentionSection() {
  const settings = useQuery(lakeRetentionQuery);
  const [changing, setChanging] = useState<TableRetention>();
  return (
    <Section
      title="Data Lake Retention"
      description="A table made of audit records may forget its rows earlier than the ledger forgets the records, never later. Legal holds keep both."
    >
      <Loaded query={settings} label="data lake retention">
        {(tables) => (
          <ul className="divide-y divide-line rounded-md border border-line text-sm">
            {tables.map((table) => (
              <TableItem
                key={`${table.databaseName}.${table.tableName}`}
                table={table}
                onChange={() => setChanging(table)}
              />
            ))}
          </ul>
        )}
      </Loaded>
      {changing && <LakeRetentionDialog saved={changing} onClose={() => setChanging(undefined)} />}
    </Section>
  );
}

type TableItemProps = { readonly table: TableRetention; readonly onChange: () => void };

function TableItem({ table, onChange }: TableItemProps) {
  const { databaseName, tableName, days, daysInForce, rowCount, firstRowAt, removedBefore } = table;
  const missing = useMissing('GeneralSettingsModify');
  const name = `${databaseName}.${tableName}`;
  return (
    <li className="flex flex-col gap-2 px-3 py-2">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <p className="break-all font-mono text-xs">{name}</p>
          <p>
            {count(daysInForce)} days{days === null && `: ${defaultPeriod(table)}`}
          </p>
          <p className="text-muted text-xs">
            {rowCount === 0 ? (
              'No rows'
            ) : (
              <>
                {count(rowCount)} rows, {bytes(table.bytes)}, since <Time value={firstRowAt} />
              </>
            )}
            {removedBefore !== null && (
              <>
                ; older ones were removed, the last of before <Time value={removedBefore} />
              </>
            )}
          </p>
        </div>
        <Button size="small" disabledReason={missing} aria-label={`Change ${name}`} onClick={onChange}>
          Change
        </Button>
      </div>
      {table.isRestorable && <Restorable table={table} missing={missing} />}
    </li>
  );
}

type RestorableProps = { readonly table: TableRetention; readonly missing: string | undefined };

/** Of rows that the period covers again: only the table of the audit log can be made anew. */
function Restorable({ table: { databaseName, tableName }, missing }: RestorableProps) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const rebuild = useMutation({
    mutationFn: () => graphql(RebuildDataLakeTableDocument, { input: { databaseName, tableName } }),
    onSuccess: () => {
      toast('Removed rows come back from the ledger');
      return queryClient.invalidateQueries({ queryKey: lakeRetentionQuery.queryKey });
    },
  });
  return (
    <Notice tone="info" title="Removed rows are within the period again">
      They come back only when the table is rebuilt from the ledger.
      {rebuild.error && (
        <p role="alert" className="text-bad text-xs">
          {rebuild.error.message}
        </p>
      )}
      <div className="mt-1.5">
        <Button
          size="small"
          pending={rebuild.isPending}
          disabledReason={missing}
          onClick={() => rebuild.mutate()}
        >
          Rebuild from the ledger
        </Button>
      </div>
    </Notice>
  );
}
