import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import type { LedgerStatusQuery } from '../../api/operations.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/page.tsx';
import { KeyText } from './key-text.tsx';
import { ledgerStatusQuery } from './witness-settings.ts';

type Status = LedgerStatusQuery['ledgerStatus'];

/** How much the ledger holds, and how much of it others vouch for. */
export function LedgerStatusSection() {
  const status = useQuery(ledgerStatusQuery);
  return (
    <Section title="Status">
      <Loaded query={status} label="status">
        {(found) => (
          <div className="flex flex-col gap-3 text-sm">
            <p>
              {found.newest.size.toLocaleString()} entries, all under a signed checkpoint.{' '}
              <WitnessedState status={found} />
            </p>
            <KeyText label="Public key of the ledger" value={found.vkey} />
            <Button
              size="small"
              icon={RefreshCw}
              className="self-start"
              pending={status.isFetching}
              onClick={() => void status.refetch()}
            >
              Refresh
            </Button>
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function WitnessedState({ status: { newest, witnessed, policy } }: { readonly status: Status }) {
  if (policy.witnesses === 0) return <Badge>No witnesses</Badge>;
  const quorum = `${policy.required} of ${policy.witnesses}`;
  if (newest.isWitnessed) {
    return (
      <Badge tone="good">
        {newest.cosignatures.length} of {policy.witnesses} witnesses cosigned the newest, {quorum} required
      </Badge>
    );
  }
  // What was done just now, such as reading this, is cosigned a moment later.
  return witnessed === null ? (
    <Badge tone="warn">Nothing witnessed yet, {quorum} required</Badge>
  ) : (
    <Badge>
      Witnessed up to entry {(witnessed.size - 1).toLocaleString()}, {quorum} required
    </Badge>
  );
}
