import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  RetentionSettingsDocument,
  type RetentionSettingsQuery,
  UpdateRetentionSettingsDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Section } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { lakeRetentionQuery } from './lake-retention-query.ts';

type RetentionSettings = RetentionSettingsQuery['retentionSettings'];

const retentionSettingsQuery = queryOptions({
  queryKey: ['retention-settings'],
  queryFn: async ({ signal }) => (await graphql(RetentionSettingsDocument, {}, signal)).retentionSettings,
  staleTime: 0,
});

/** For how long records are kept, and what is kept of them. */
export function RetentionSection() {
  const settings = useQuery(retentionSettingsQuery);
  return (
    <Section
      title="Retention"
      description="Records older than the period are removed, 256 at a time from the oldest on. Their hashes stay, so that everything else can still be proven."
    >
      <Loaded query={settings} label="retention settings">
        {(saved) => (
          <div className="flex flex-col gap-5">
            <Kept settings={saved} />
            <Period key={saved.days} saved={saved} />
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Kept({ settings }: { readonly settings: RetentionSettings }) {
  const { firstIndex, firstRecordAt, recordCount, ledgerBytes, recordsToLock } = settings;
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
        <dt className="text-muted">Records kept</dt>
        <dd>{recordCount.toLocaleString()}</dd>
        <dt className="text-muted">First record</dt>
        <dd>
          {firstIndex.toLocaleString()}, <Time value={firstRecordAt} never="not made yet" />
        </dd>
        {ledgerBytes !== null && (
          <>
            <dt className="text-muted">Ledger on disk</dt>
            <dd>{(ledgerBytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB</dd>
          </>
        )}
      </dl>
      {recordsToLock !== null && recordsToLock > 0 && (
        <Notice
          tone="info"
          title={`The locks of ${recordsToLock.toLocaleString()} records are being changed.`}
        />
      )}
    </>
  );
}

function Period({ saved }: { readonly saved: RetentionSettings }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const missing = useMissing('GeneralSettingsModify');
  const [text, setText] = useState(String(saved.days));
  const days = Number(text);
  const save = useMutation({
    mutationFn: () => graphql(UpdateRetentionSettingsDocument, { input: { days } }),
    onSuccess: () => {
      toast('Retention saved');
      return Promise.all(
        // Tables of the lake go with the ledger's records.
        [retentionSettingsQuery, lakeRetentionQuery].map(({ queryKey }) =>
          queryClient.invalidateQueries({ queryKey }),
        ),
      );
    },
  });
  return (
    <Form error={save.error} inputNames={['days']} onSubmit={() => save.mutate()}>
      <TextField
        name="days"
        label="Days to keep records"
        description="At least 1 and at most 36,500; five years are 1,826."
        inputMode="numeric"
        pattern="\d*"
        autoComplete="off"
        disabled={missing !== undefined}
        value={text}
        onValueChange={setText}
      />
      <Consequence days={days} saved={saved} />
      <Button
        type="submit"
        variant="primary"
        className="self-start"
        pending={save.isPending}
        disabled={text.trim() === '' || days === saved.days}
        disabledReason={missing}
      >
        Save period
      </Button>
    </Form>
  );
}

/** What a change does cannot be seen from the number. */
function Consequence({ days, saved }: { readonly days: number; readonly saved: RetentionSettings }) {
  if (days > saved.days) {
    return (
      <Notice tone="warn" title="A longer period can not be taken back">
        {saved.recordsToLock === null
          ? 'It holds at once for every record there is. A shorter period set later only holds for new records.'
          : 'It holds at once for every record there is, and the object store locks them until then: nobody, the owner of the bucket included, can delete them earlier.'}
      </Notice>
    );
  }
  if (days < saved.days && days >= 1) {
    return (
      <Notice tone="info" title="A shorter period only holds for new records">
        Those made up to an hour after the change are kept as long as was promised when they were made.
      </Notice>
    );
  }
  return null;
}
