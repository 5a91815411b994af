import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MessageSquare } from 'lucide-react';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { type AlertStatus, type AlertWholeFragment, CommentOnAlertDocument } from '../../api/operations.ts';
import { useMissing, useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { controlClassName } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { Time } from '../../components/time.tsx';
import { userName } from '../users/users-query.ts';
import { Panel } from './alert-page.tsx';
import { statusLabels } from './alert-words.ts';
import { alertKey } from './change-alerts.ts';
import { CommentBody } from './comment-body.tsx';

type Activity = NonNullable<AlertWholeFragment['activities']>[number];

/** Everything that happened to the alert, oldest first, and what is to be added to it. */
export function AlertTimeline({ alert: { id, activities } }: { readonly alert: AlertWholeFragment }) {
  return (
    <Panel title="Timeline">
      <ol className="flex flex-col gap-3">
        {activities?.map((activity) => (
          <li key={activity.id} className="text-sm">
            <p className="flex flex-wrap items-baseline gap-x-1.5">
              <span className="wrap-anywhere font-medium">{actorName(activity.actor)}</span>
              <What activity={activity} />
              <span className="text-faint text-xs">
                <Time value={activity.createdAt} />
              </span>
            </p>
            {activity.kind === 'COMMENT' && (
              <div className="mt-1 rounded-md bg-sunken px-3 py-2">
                <CommentBody {...(activity.body as { text: string; format: string })} />
              </div>
            )}
          </li>
        ))}
      </ol>
      <NewComment alertId={id} />
    </Panel>
  );
}

function actorName(actor: Activity['actor']): string {
  if (actor === null) return 'The instance';
  return actor.__typename === 'User' ? userName(actor) : `API token ${actor.name}`;
}

function What({ activity: { kind, body } }: { readonly activity: Activity }) {
  const ownId = useSession().user.id;
  const { from, to, destination, outcome, message } = body as Record<string, string | null | undefined>;
  switch (kind) {
    case 'CREATED':
      return 'made the alert';
    case 'STATUS':
      return `set it from ${statusLabel(from)} to ${statusLabel(to)}`;
    case 'ASSIGNEE':
      return to == null ? 'took the assignee away' : to === ownId ? 'assigned it to you' : 'assigned it';
    case 'QUALITY':
      return to == null ? 'took the mark away' : `marked it as ${to === 'NOISE' ? 'noise' : 'useful'}`;
    case 'COMMENT':
      return 'wrote';
    case 'DELIVERY':
      if (outcome === 'PENDING') return `sent it again to ${destination}`;
      return outcome === 'DELIVERED'
        ? `delivered it to ${destination}`
        : `gave up on ${destination}: ${message}`;
    default:
      return kind;
  }
}

function statusLabel(status: string | null | undefined): string {
  return Object.hasOwn(statusLabels, status ?? '') ? statusLabels[status as AlertStatus] : String(status);
}

function NewComment({ alertId }: { readonly alertId: string }) {
  const missing = useMissing('AlertModify');
  const queryClient = useQueryClient();
  const [body, setBody] = useState('');
  const write = useMutation({
    mutationFn: () => graphql(CommentOnAlertDocument, { input: { alertId, body, format: 'PLAIN_TEXT' } }),
    onSuccess: async () => {
      setBody('');
      await queryClient.invalidateQueries({ queryKey: alertKey(alertId) });
    },
  });
  return (
    <form
      className="mt-4 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        write.mutate();
      }}
    >
      <textarea
        aria-label="Comment"
        placeholder="Write a comment"
        rows={3}
        value={body}
        disabled={missing !== undefined}
        onChange={(event) => setBody(event.target.value)}
        className={classNames(controlClassName, 'resize-y py-1.5')}
      />
      {write.error && <Notice tone="bad" title={write.error.message} />}
      <Button
        type="submit"
        icon={MessageSquare}
        disabledReason={missing}
        disabled={body.trim() === ''}
        pending={write.isPending}
        className="self-end"
      >
        Comment
      </Button>
    </form>
  );
}
