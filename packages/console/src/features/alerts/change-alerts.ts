import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { graphql } from '../../api/graphql.ts';
import {
  type AlertQuality,
  type AlertRowFragment,
  type AlertStatus,
  type AlertsQuery,
  AssignAlertsDocument,
  MarkAlertsDocument,
  SetAlertStatusDocument,
} from '../../api/operations.ts';
import { useToast } from '../../components/toast.tsx';
import { statusLabels } from './alert-words.ts';

/** One thing that is done to some alerts. */
export type AlertChange =
  | { readonly kind: 'status'; readonly status: AlertStatus }
  | { readonly kind: 'assignee'; readonly assigneeId: string | null }
  | { readonly kind: 'quality'; readonly quality: AlertQuality | null };

/** In one action: as many as its record can name, with what each was before. */
const alertsAtOnce = 80;
/** Of what could not be changed, so many are named. */
const namedMax = 3;

interface Changed {
  readonly alerts: readonly AlertRowFragment[];
  readonly errors: readonly { readonly id: string; readonly message: string }[];
}

export const alertsKey = ['alerts'];
export const alertCountsKey = ['alert-counts'];
export const alertKey = (id: string) => ['alert', id];

/** Changes alerts, and shows them as they are then wherever they are shown. `done` counts them while many are changed. */
export function useChangeAlerts() {
  const [done, setDone] = useState(0);
  const queryClient = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: ({ ids, change }: { readonly ids: readonly string[]; readonly change: AlertChange }) =>
      sendAll(ids, change, setDone),
    onSettled: () => setDone(0),
    onSuccess: ({ alerts, errors }, { change }) => {
      const byId = new Map(alerts.map((alert) => [alert.id, alert]));
      queryClient.setQueriesData<InfiniteData<AlertsQuery['alerts']>>({ queryKey: alertsKey }, (data) => {
        if (data === undefined) return data;
        const pages = data.pages.map((page) => ({
          ...page,
          edges: page.edges.map(({ node }) => ({ node: byId.get(node.id) ?? node })),
        }));
        return { ...data, pages };
      });
      for (const { id } of alerts) {
        // Its history has grown too.
        void queryClient.invalidateQueries({ queryKey: alertKey(id) });
      }
      void queryClient.invalidateQueries({ queryKey: alertCountsKey });
      if (alerts.length > 0) toast(describe(change, alerts.length));
      for (const { message } of errors.slice(0, namedMax)) toast(message);
      if (errors.length > namedMax) toast(`${errors.length - namedMax} more could not be changed`);
    },
    onError: () => {
      // Some may have been changed before.
      void queryClient.invalidateQueries({ queryKey: alertsKey });
      void queryClient.invalidateQueries({ queryKey: alertCountsKey });
    },
  });
  return { ...change, done };
}

/** @throws Error that says how many were changed before, where that stopped amid many. */
async function sendAll(
  ids: readonly string[],
  change: AlertChange,
  onProgress: (done: number) => void,
): Promise<Changed> {
  const alerts: AlertRowFragment[] = [];
  const errors: Changed['errors'][number][] = [];
  for (let from = 0; from < ids.length; from += alertsAtOnce) {
    const some = ids.slice(from, from + alertsAtOnce);
    try {
      const changed = await send(some, change);
      alerts.push(...changed.alerts);
      errors.push(...changed.errors);
    } catch (error) {
      if (ids.length <= alertsAtOnce) throw error;
      // All of these are gone, or not for the user to see any more.
      if (error instanceof ApiError && error.code === 'NOT_FOUND' && error.field === 'input.ids') {
        errors.push(...some.map((id) => ({ id, message: `There is no alert ${id}` })));
      } else {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`Stopped after ${alerts.length} of ${ids.length} alerts: ${why}`, { cause: error });
      }
    }
    onProgress(from + some.length);
  }
  return { alerts, errors };
}

async function send(ids: readonly string[], change: AlertChange): Promise<Changed> {
  switch (change.kind) {
    case 'status': {
      const input = { ids, status: change.status };
      return (await graphql(SetAlertStatusDocument, { input })).updateAlertStatusById;
    }
    case 'assignee': {
      const input = { ids, assigneeId: change.assigneeId };
      return (await graphql(AssignAlertsDocument, { input })).updateAlertsAssigneeById;
    }
    case 'quality': {
      const input = { ids, quality: change.quality };
      return (await graphql(MarkAlertsDocument, { input })).updateAlertQualityById;
    }
  }
}

function describe(change: AlertChange, count: number): string {
  const alerts = count === 1 ? 'alert' : `${count} alerts`;
  switch (change.kind) {
    case 'status':
      return `${statusLabels[change.status]}: ${alerts}`;
    case 'assignee':
      return change.assigneeId === null ? `Nobody’s: ${alerts}` : `Assigned: ${alerts}`;
    case 'quality':
      return change.quality === null ? `No longer marked: ${alerts}` : `Marked: ${alerts}`;
  }
}
