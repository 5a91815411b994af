import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { ErasuresDocument, type ErasuresQuery } from '../../api/operations.ts';
import { useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { EraseDialog } from './erase-dialog.tsx';

type Erasure = ErasuresQuery['erasures'][number];

const columns: readonly Column<Erasure>[] = [
  {
    id: 'subject',
    header: 'Who',
    cell: ({ subjectKind, subjectId }) => (
      <>
        {subjectNames[subjectKind]} {subjectId !== null && <code className="text-xs">{subjectId}</code>}
      </>
    ),
  },
  { id: 'requestedAt', header: 'Requested', cell: ({ requestedAt }) => <Time value={requestedAt} /> },
  { id: 'state', header: 'State', cell: (erasure) => state(erasure) },
];

const subjectNames = { USER: 'User', TOKEN: 'API token', ANONYMOUS: 'All strangers' } as const;

function state({ completedAt, progress, records }: Erasure) {
  if (completedAt === null) return `${Math.floor(progress * 100)} % of the records`;
  return `Erased from ${(records ?? 0).toLocaleString()} ${records === 1 ? 'record' : 'records'}`;
}

/** Whose data was erased from the records, and how far it is. */
export function ErasuresSection() {
  const [isErasing, setErasing] = useState(false);
  const mayErase = useSession().permissions.includes('UserModify');
  const erasures = useQuery({
    queryKey: ['erasures'],
    queryFn: async ({ signal }) => (await graphql(ErasuresDocument, {}, signal)).erasures,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) =>
      data?.some(({ completedAt }) => completedAt === null) ? 1_000 : false,
  });
  return (
    <Section title="Erasures">
      <p className="mb-3 text-muted text-sm">
        What identifies a person in the records can be made unreadable for ever. The records stay, and so do
        their proofs.
      </p>
      <Loaded query={erasures} label="erasures">
        {(found) =>
          found.length === 0 ? (
            <p className="text-muted text-sm">Nobody has been erased.</p>
          ) : (
            <DataTable label="Erasures" rows={found} columns={columns} />
          )
        }
      </Loaded>
      {mayErase && (
        <Button variant="danger" className="mt-3 self-start" onClick={() => setErasing(true)}>
          Erase a person…
        </Button>
      )}
      {isErasing && <EraseDialog onClose={() => setErasing(false)} />}
    </Section>
  );
}
