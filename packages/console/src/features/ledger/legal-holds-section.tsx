import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { ReleaseLegalHoldDocument } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { LegalHoldDialog } from './legal-hold-dialog.tsx';
import { type LegalHold, legalHoldsQuery } from './legal-holds-query.ts';

/** What is kept beyond its time, and why. */
export function LegalHoldsSection() {
  const holds = useQuery(legalHoldsQuery);
  const missing = useMissing('GeneralSettingsModify');
  const [adding, setAdding] = useState(false);
  const [releasing, setReleasing] = useState<LegalHold>();
  return (
    <Section
      title="Legal Holds"
      description="Records under a hold are kept beyond their time, and so are all records after them: removal begins at the oldest."
    >
      <Loaded query={holds} label="legal holds">
        {(found) => (
          <div className="flex flex-col gap-4">
            {found.length === 0 ? (
              <p className="text-muted text-sm">Nothing is held.</p>
            ) : (
              <ul className="divide-y divide-line rounded-md border border-line text-sm">
                {found.map((hold) => (
                  <li key={hold.id} className="flex items-start gap-2 px-3 py-2">
                    <div className="min-w-0 flex-1">
                      <p className="break-words font-medium">{hold.reason}</p>
                      <p className="text-muted text-xs">
                        {rangeOf(hold)}, since <Time value={hold.createdAt} />
                        {hold.releasedAt !== null && (
                          <>
                            , released <Time value={hold.releasedAt} />
                          </>
                        )}
                      </p>
                    </div>
                    {hold.releasedAt === null && (
                      <Button size="small" disabledReason={missing} onClick={() => setReleasing(hold)}>
                        Release
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            )}
            <Button
              icon={Plus}
              className="self-start"
              disabledReason={missing}
              onClick={() => setAdding(true)}
            >
              Add hold
            </Button>
          </div>
        )}
      </Loaded>
      {adding && <LegalHoldDialog onClose={() => setAdding(false)} />}
      {releasing && <ReleaseDialog hold={releasing} onClose={() => setReleasing(undefined)} />}
    </Section>
  );
}

function ReleaseDialog({ hold, onClose }: { readonly hold: LegalHold; readonly onClose: () => void }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const release = useMutation({
    mutationFn: () => graphql(ReleaseLegalHoldDocument, { input: { id: hold.id } }),
    onSuccess: () => {
      toast('Hold released');
      onClose();
      return queryClient.invalidateQueries({ queryKey: legalHoldsQuery.queryKey });
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => release.mutate()}
      title="Release hold?"
      confirmLabel="Release hold"
      pending={release.isPending}
      error={release.error}
    >
      <p>
        {rangeOf(hold)}, held for <b>{hold.reason}</b>: those whose time is over are removed at once, unless
        another hold covers them.
      </p>
    </ConfirmDialog>
  );
}

function rangeOf({ from, to }: LegalHold): string {
  return to === null ? `Records from ${from} on` : `Records ${from} to ${to}`;
}
