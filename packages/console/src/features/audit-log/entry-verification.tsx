import { VerificationError } from '@pawprint/verifier';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { getJson } from '../../api/http.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type WitnessSettings, witnessSettingsQuery } from '../ledger/witness-settings.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { fetchLedgerKey, pinLedgerKey, trustLedgerKey } from './ledger-key.ts';
import { type EntryProof, verificationObstacle, verifyEntry } from './verify-entry.ts';

type Outcome =
  | {
      readonly kind: 'verified';
      readonly size: number;
      readonly proof: EntryProof;
      /** How many of the witnesses have cosigned the checkpoint. */
      readonly cosigned: number;
      readonly witnesses: Pick<WitnessSettings, 'witnesses' | 'required'>;
    }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * Whether the record shown is in the signed ledger: found out in this page, once someone asks, since asking for the proof is
 * itself an action on record.
 */
export function EntryVerification({ entry }: { readonly entry: AuditLogEntry }) {
  const key = useQuery({
    queryKey: ['ledger-key'],
    queryFn: async ({ signal }) => pinLedgerKey(await fetchLedgerKey(signal), localStorage),
  });
  const { trusted = '', changedTo } = key.data ?? {};
  const queryClient = useQueryClient();
  const check = useQuery({
    queryKey: ['entry-verification', entry.index, trusted],
    queryFn: async ({ signal }) =>
      checkEntry(entry, trusted, await queryClient.ensureQueryData(witnessSettingsQuery), signal),
    enabled: false,
  });
  const error = key.error ?? check.error;
  return (
    <section aria-label="Verification" className="flex flex-col items-stretch gap-2">
      {changedTo !== undefined && (
        <KeyChanged
          onTrust={() => {
            trustLedgerKey(changedTo, localStorage);
            void key.refetch();
          }}
        />
      )}
      {check.data && <OutcomeNotice outcome={check.data} />}
      {error && (
        <Notice tone="bad" title="The proof could not be fetched">
          {error.message}
        </Notice>
      )}
      {check.data?.kind !== 'verified' && (
        <Button
          size="small"
          icon={ShieldCheck}
          className="self-start"
          pending={check.isFetching}
          disabled={!key.data}
          onClick={() => void check.refetch()}
        >
          {check.data ? 'Verify again' : 'Verify this record'}
        </Button>
      )}
    </section>
  );
}

async function checkEntry(
  entry: AuditLogEntry,
  vkey: string,
  witnesses: WitnessSettings,
  signal: AbortSignal,
): Promise<Outcome> {
  const obstacle = await verificationObstacle();
  if (obstacle !== undefined) return { kind: 'impossible', reason: obstacle };
  const proof = await getJson<EntryProof>(`/internal/audit-log/${entry.index}/proof`, signal);
  try {
    const keys = witnesses.witnesses.map((witness) => witness.vkey);
    const { size, cosignatures } = await verifyEntry(entry, proof, vkey, keys);
    return { kind: 'verified', size, proof, cosigned: cosignatures.length, witnesses };
  } catch (error) {
    if (error instanceof VerificationError) return { kind: 'failed', reason: error.message };
    throw error;
  }
}

function OutcomeNotice({ outcome }: { readonly outcome: Outcome }) {
  switch (outcome.kind) {
    case 'verified':
      return (
        <Notice
          tone="good"
          title="Verified"
          action={<CopyButton text={outcome.proof.proof} label="Copy proof" variant="ghost" size="small" />}
        >
          This page hashed the record and found it in the signed ledger of {outcome.size.toLocaleString()}{' '}
          entries.{' '}
          {outcome.witnesses.witnesses.length > 0 &&
            `${outcome.cosigned} of ${outcome.witnesses.witnesses.length} witnesses have cosigned that; ${outcome.witnesses.required} are required.`}
        </Notice>
      );
    case 'failed':
      return (
        <Notice tone="bad" title="Not verified">
          The proof that this record is in the ledger does not hold: {outcome.reason}.
        </Notice>
      );
    case 'impossible':
      return (
        <Notice tone="info" title="Can't be verified here">
          {outcome.reason} The program “pawprint verify” checks records anywhere.
        </Notice>
      );
  }
}

function KeyChanged({ onTrust }: { readonly onTrust: () => void }) {
  return (
    <Notice
      tone="warn"
      title="The ledger's key has changed"
      action={
        <Button size="small" onClick={onTrust}>
          Trust the new key
        </Button>
      }
    >
      It is not the key that this browser saw first. Whoever changed the key could have changed the history
      with it: ask your administrator before you trust it.
    </Notice>
  );
}
