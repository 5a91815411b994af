import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query';
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

interface Changed {
  readonly alerts: readonly AlertRowFragment[];
  readonly errors: readonly { readonly id: string; readonly message: string }[];
}

export const alertsKey = ['alerts'];
export const alertCountsKey = ['alert-counts'];
export const alertKey = (id: string) => ['alert', id];

/** Changes alerts, and shows them as they are then wherever they are shown. */
export function useChangeAlerts() {
  const queryClient = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: ({ ids, change }: { readonly ids: readonly string[]; readonly change: AlertChange }) =>
      send(ids, change),
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
      for (const { message } of errors) toast(message);
    },
  });
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
