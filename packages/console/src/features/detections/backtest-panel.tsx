import { useMutation, useQuery } from '@tanstack/react-query';
import { History, Square } from 'lucide-react';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  CreateReplayDocument,
  ReplayDocument,
  type ReplayQuery,
  StopReplayDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { Time } from '../../components/time.tsx';
import type { DetectionFile } from './families.ts';

const days = {
  '1': 'Last day',
  '7': 'Last 7 days',
  '30': 'Last 30 days',
  '365': 'Last year',
  '1827': 'All 5 years',
} as const;
type Days = keyof typeof days;

type BacktestPanelProps = {
  /** The rule as it is kept, or as it is in the editor. */
  readonly rule: { readonly detectionId: string } | { readonly files: DetectionFile[] };
};

/** Runs the rule over the past and tells what it would have said. */
export function BacktestPanel({ rule }: BacktestPanelProps) {
  const missing = useMissing('RuleModify');
  const [range, setRange] = useState<Days>('30');
  const create = useMutation({
    mutationFn: async () => {
      const startsAt = new Date(Date.now() - Number(range) * 86_400_000).toISOString();
      return (await graphql(CreateReplayDocument, { input: { ...rule, startsAt } })).createReplay?.replay.id;
    },
  });
  const stop = useMutation({ mutationFn: (id: string) => graphql(StopReplayDocument, { input: { id } }) });
  const id = create.data;
  const replay = useQuery({
    queryKey: ['replay', id],
    queryFn: async ({ signal }) => (await graphql(ReplayDocument, { id: id ?? '' }, signal)).replay,
    enabled: id !== undefined,
    // Each look is a recorded read; one that runs long is looked at less often.
    refetchInterval: ({ state }) =>
      state.data?.state === 'DONE' || state.data?.completedAt
        ? false
        : Math.min(500 * 1.3 ** state.dataUpdateCount, 5_000),
  });
  const running = replay.data?.state === 'EVALUATION_IN_PROGRESS';
  const failure = [create.error, stop.error, replay.error].find((error) => error !== null);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-2">
        <div className="w-44">
          <SelectField
            name="range"
            label="Over"
            value={range}
            onChange={setRange}
            options={(Object.entries(days) as [Days, string][]).map(([value, label]) => ({ value, label }))}
          />
        </div>
        <Button
          variant="primary"
          icon={History}
          pending={create.isPending}
          disabled={running}
          disabledReason={missing}
          onClick={() => create.mutate()}
        >
          Run backtest
        </Button>
        {running && id !== undefined && (
          <Button icon={Square} pending={stop.isPending} onClick={() => stop.mutate(id)}>
            Stop
          </Button>
        )}
      </div>
      <p className="text-muted text-sm">
        Asks the rule, saved or not, about events of the past. Nothing is delivered, and its alerts are in no
        list.
      </p>
      {failure && <Notice tone="bad" title={failure.message} />}
      {replay.data && <BacktestResult replay={replay.data} />}
    </div>
  );
}

const counts = new Intl.NumberFormat();

function BacktestResult({ replay }: { readonly replay: ReplayQuery['replay'] }) {
  const { state, message, summary, alerts, errors, noisiest } = replay;
  const { evaluationProgress, eventsProcessedCount, eventsSkippedCount } = summary;
  const seconds = (summary.readTimeNanos + summary.processingTimeNanos) / 1e9;
  return (
    <div className="flex flex-col gap-4">
      {state === 'ERROR_EVALUATION' && <Notice tone="bad" title={message} />}
      {state === 'CANCELED' && <Notice tone="info" title="It was stopped; what it had found is below" />}
      {state === 'EVALUATION_IN_PROGRESS' && (
        <progress
          aria-label="Events looked at"
          value={evaluationProgress}
          max={1}
          className="h-1.5 w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
      )}
      <dl className="grid grid-cols-3 gap-px overflow-hidden rounded-md border border-line bg-line text-sm">
        {[
          ['Alerts', summary.totalAlerts],
          ['Matches', summary.ruleMatchCount],
          ['Errors', summary.ruleErrorCount],
        ].map(([label, value]) => (
          <div key={label} className="flex flex-col bg-surface px-3 py-2">
            <dt className="text-muted text-xs">{label}</dt>
            <dd className="font-semibold text-lg tabular-nums">{counts.format(Number(value))}</dd>
          </div>
        ))}
      </dl>
      <p className="text-muted text-xs">
        {counts.format(eventsProcessedCount)} events in {seconds.toFixed(1)} s
        {eventsSkippedCount > 0 &&
          `; ${counts.format(eventsSkippedCount)} of them are like others that it says no to, and were not asked about`}
      </p>
      <Counted title="Errors" rows={errors} />
      <Counted title="Noisiest" rows={noisiest} />
      {alerts.length > 0 && (
        <section aria-label="Alerts there would have been" className="flex flex-col gap-1">
          <h3 className="font-semibold text-sm">Alerts there would have been</h3>
          <ol className="flex flex-col divide-y divide-line">
            {alerts.slice(0, 100).map(({ title, dedup, severity, createdAt, eventCount }) => (
              <li
                key={`${dedup} ${createdAt}`}
                className="flex items-start justify-between gap-3 py-1.5 text-sm"
              >
                <span className="min-w-0 break-words">
                  {title}
                  <span className="block text-muted text-xs">
                    {severity.toLowerCase()}, <Time value={createdAt} />
                  </span>
                </span>
                <span className="shrink-0 text-muted text-xs tabular-nums">
                  {counts.format(eventCount)} {eventCount === 1 ? 'match' : 'matches'}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

function Counted({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly { readonly text: string; readonly count: number }[];
}) {
  if (rows.length === 0) return null;
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="font-semibold text-sm">{title}</h3>
      <ol className="flex flex-col divide-y divide-line">
        {rows.map(({ text, count }) => (
          <li key={text} className="flex items-start justify-between gap-3 py-1 text-sm">
            <span className="min-w-0 break-words">{text}</span>
            <span className="shrink-0 text-muted text-xs tabular-nums">{counts.format(count)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
