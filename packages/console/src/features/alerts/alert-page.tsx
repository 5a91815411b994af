import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Check, CircleSlash, Eye, RotateCcw, ThumbsDown, ThumbsUp, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AlertDocument, type AlertType, type AlertWholeFragment } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { PageHeader } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { userName } from '../users/users-query.ts';
import { AlertDeliveries } from './alert-deliveries.tsx';
import { AlertEvents } from './alert-events.tsx';
import { withFilters } from './alert-filters.ts';
import { originName } from './alert-list.tsx';
import { SeverityMark, StatusMark } from './alert-marks.tsx';
import { AlertTimeline } from './alert-timeline.tsx';
import { listingOf, typeLabels } from './alert-words.ts';
import { AssigneeMenu } from './assignee-menu.tsx';
import { type AlertChange, alertKey, useChangeAlerts } from './change-alerts.ts';
import { safeAddress } from './comment-html.ts';

const route = getRouteApi('/console/alerts/$alertId');

/** One alert: what it is about, what to do, its evidence, and everything that was done with it. */
export function AlertPage() {
  const { alertId } = route.useParams();
  const queryClient = useQueryClient();
  const alert = useQuery({
    queryKey: alertKey(alertId),
    queryFn: async ({ signal }) => (await graphql(AlertDocument, { id: alertId }, signal)).alert,
    // Others work on it too.
    staleTime: 0,
  });
  return (
    <div className="mx-auto flex w-full max-w-400 flex-col gap-4 px-4 py-4 sm:px-5">
      <Link
        to="/alerts"
        search={withFilters({}, { type: alert.data && listingOf(alert.data.type) })}
        className="inline-flex items-center gap-1.5 self-start text-muted text-sm hover:text-ink"
      >
        <ArrowLeft className="size-3.5" aria-hidden="true" />
        All alerts
      </Link>
      <Loaded query={alert} label="the alert">
        {(found) => (
          <WholeAlert
            alert={found}
            onChanged={(changed) => queryClient.setQueryData(alertKey(alertId), changed)}
          />
        )}
      </Loaded>
    </div>
  );
}

type WholeAlertProps = {
  readonly alert: AlertWholeFragment;
  readonly onChanged: (alert: AlertWholeFragment) => void;
};

function WholeAlert({ alert, onChanged }: WholeAlertProps) {
  return (
    <>
      <PageHeader title={alert.title} />
      <Actions alert={alert} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <About alert={alert} />
          <AlertEvents alert={alert} />
          {Object.keys((alert.context ?? {}) as object).length > 0 && (
            <Panel title="Context">
              <JsonView value={alert.context} />
            </Panel>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Summary alert={alert} />
          <AlertDeliveries alert={alert} onChanged={onChanged} />
          <AlertTimeline alert={alert} />
        </div>
      </div>
    </>
  );
}

/** A titled box of the page. */
export function Panel({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-lg border border-line bg-surface">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold text-base">{title}</h2>
      <div className="px-4 py-3">{children}</div>
    </section>
  );
}

function Actions({ alert: { id, status, quality } }: { readonly alert: AlertWholeFragment }) {
  const missing = useMissing('AlertModify');
  const change = useChangeAlerts();
  const apply = (what: AlertChange) => () => change.mutate({ ids: [id], change: what });
  const button = { disabledReason: missing } as const;
  return (
    <div role="toolbar" aria-label="Alert" className="flex flex-wrap items-center gap-2">
      <StatusMark status={status} />
      {status !== 'TRIAGED' && (
        <Button {...button} icon={Eye} onClick={apply({ kind: 'status', status: 'TRIAGED' })}>
          Triage
        </Button>
      )}
      {status !== 'RESOLVED' && (
        <Button
          {...button}
          variant="primary"
          icon={Check}
          onClick={apply({ kind: 'status', status: 'RESOLVED' })}
        >
          Resolve
        </Button>
      )}
      {status !== 'CLOSED' && (
        <Button {...button} icon={CircleSlash} onClick={apply({ kind: 'status', status: 'CLOSED' })}>
          Invalid
        </Button>
      )}
      {status !== 'OPEN' && (
        <Button {...button} icon={RotateCcw} onClick={apply({ kind: 'status', status: 'OPEN' })}>
          Reopen
        </Button>
      )}
      <AssigneeMenu
        trigger={
          <Button {...button} icon={UserRound}>
            Assign
          </Button>
        }
        onAssign={(assigneeId) => change.mutate({ ids: [id], change: { kind: 'assignee', assigneeId } })}
      />
      <Button
        {...button}
        icon={ThumbsUp}
        aria-pressed={quality === 'USEFUL'}
        className="aria-pressed:bg-good-soft! aria-pressed:text-good!"
        onClick={apply({ kind: 'quality', quality: quality === 'USEFUL' ? null : 'USEFUL' })}
      >
        Useful
      </Button>
      <Button
        {...button}
        icon={ThumbsDown}
        aria-pressed={quality === 'NOISE'}
        className="aria-pressed:bg-warn-soft! aria-pressed:text-warn!"
        onClick={apply({ kind: 'quality', quality: quality === 'NOISE' ? null : 'NOISE' })}
      >
        Noise
      </Button>
      {change.error && <Notice tone="bad" title={change.error.message} />}
    </div>
  );
}

function About({
  alert: { description, runbook, reference, title },
}: {
  readonly alert: AlertWholeFragment;
}) {
  const address = safeAddress(reference);
  const parts = [
    ['What it means', description === title ? '' : description],
    ['Runbook', runbook],
  ].filter(([, text]) => text !== '');
  if (parts.length === 0 && reference === '') return null;
  return (
    <Panel title="What to do">
      <div className="flex flex-col gap-3 text-sm">
        {parts.map(([heading, text]) => (
          <section key={heading}>
            <h3 className="font-medium text-muted text-xs">{heading}</h3>
            <p className="wrap-anywhere whitespace-pre-wrap">{text}</p>
          </section>
        ))}
        {reference !== '' && (
          <section>
            <h3 className="font-medium text-muted text-xs">Reference</h3>
            {address === undefined ? (
              <p className="wrap-anywhere">{reference}</p>
            ) : (
              <a
                href={address}
                target="_blank"
                rel="noreferrer noopener"
                className="wrap-anywhere text-accent underline"
              >
                {reference}
              </a>
            )}
          </section>
        )}
      </div>
    </Panel>
  );
}

/** As detections call their kinds. */
function detectionKind(type: AlertType): string {
  return type.replace(/_ERROR$/, '').toLowerCase();
}

function Summary({ alert }: { readonly alert: AlertWholeFragment }) {
  const { severity, type, origin, assignee, eventCount, logTypes, tags } = alert;
  const isDetection = origin !== null && 'version' in origin;
  return (
    <Panel title="Summary">
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm [&_dt]:text-muted">
        <dt>Severity</dt>
        <dd>
          <SeverityMark severity={severity} />
        </dd>
        <dt>Kind</dt>
        <dd>{typeLabels[type]}</dd>
        {isDetection && (
          <>
            <dt>Detection</dt>
            <dd className="wrap-anywhere">
              {origin.__typename === 'DeletedDetection' ? (
                originName(alert)
              ) : (
                <Link
                  to="/detections/$kind/$id"
                  params={{ kind: type.toLowerCase().replace(/_error$/, ''), id: origin.id }}
                  className="hover:underline"
                >
                  {origin.__typename === 'Detection' ? (
                    <Link
                      to="/detections/$kind/$id"
                      params={{ kind: detectionKind(type), id: origin.id }}
                      className="text-accent hover:underline"
                    >
                      {originName(alert)}
                    </Link>
                  ) : (
                    originName(alert)
                  )}
                </Link>
              )}
              {origin.version !== null && <span className="ml-1.5 text-muted">version {origin.version}</span>}
              {origin.__typename === 'DeletedDetection' && (
                <span className="ml-1.5 text-muted">(deleted)</span>
              )}
              <Link
                to="/alerts"
                search={{ detection: origin.id, status: ['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED'] }}
                className="block text-accent text-xs hover:underline"
              >
                All its alerts
              </Link>
            </dd>
          </>
        )}
        <dt>Assignee</dt>
        <dd className="wrap-anywhere">{assignee === null ? 'Nobody' : userName(assignee)}</dd>
        <dt>Created</dt>
        <dd>
          <Time value={alert.createdAt} />
        </dd>
        <dt>Events</dt>
        <dd>{eventCount.toLocaleString('en')}</dd>
        <dt>First event</dt>
        <dd>
          <Time value={alert.firstEventOccurredAt} />
        </dd>
        <dt>Last event</dt>
        <dd>
          <Time value={alert.lastReceivedEventAt} />
        </dd>
        {logTypes.length > 0 && (
          <>
            <dt>Log types</dt>
            <dd className="wrap-anywhere">{logTypes.join(', ')}</dd>
          </>
        )}
        {tags.length > 0 && (
          <>
            <dt>Tags</dt>
            <dd className="flex flex-wrap gap-1">
              {tags.map((tag) => (
                <Badge key={tag}>{tag}</Badge>
              ))}
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd className="wrap-anywhere font-mono text-xs leading-5">{alert.id}</dd>
      </dl>
    </Panel>
  );
}
