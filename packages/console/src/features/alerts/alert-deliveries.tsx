import { useMutation } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { graphql } from '../../api/graphql.ts';
import { type AlertWholeFragment, RetryAlertDeliveryDocument } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';
import { Panel } from './alert-page.tsx';

type Delivery = AlertWholeFragment['deliveries'][number];

const marks = {
  PENDING: { tone: 'warn', label: 'On its way' },
  DELIVERED: { tone: 'good', label: 'Delivered' },
  FAILED: { tone: 'bad', label: 'Failed' },
} as const;

type AlertDeliveriesProps = {
  readonly alert: AlertWholeFragment;
  readonly onChanged: (alert: AlertWholeFragment) => void;
};

/** Where the alert was sent, and how that went. */
export function AlertDeliveries({ alert: { id, deliveries }, onChanged }: AlertDeliveriesProps) {
  const missing = useMissing('AlertModify');
  const toast = useToast();
  const retry = useMutation({
    mutationFn: async ({ outputId }: Delivery) =>
      (await graphql(RetryAlertDeliveryDocument, { input: { alertId: id, outputId } })).retryAlertDelivery
        .alert,
    onSuccess: (alert, { label }) => {
      onChanged(alert);
      toast(`Sending again to ${label}`);
    },
  });
  return (
    <Panel title="Deliveries">
      {deliveries.length === 0 ? (
        <p className="text-muted text-sm">No destination takes this alert.</p>
      ) : (
        <ul className="flex flex-col gap-3">
          {deliveries.map((delivery) => (
            <li key={delivery.id} className="flex flex-col gap-0.5 text-sm">
              <div className="flex flex-wrap items-center gap-2">
                <span className="wrap-anywhere font-medium">{delivery.label || 'A deleted destination'}</span>
                <Badge tone={marks[delivery.status].tone}>{marks[delivery.status].label}</Badge>
                {delivery.status !== 'PENDING' && delivery.label !== '' && (
                  <Button
                    size="small"
                    icon={RotateCw}
                    disabledReason={missing}
                    pending={retry.isPending && retry.variables.id === delivery.id}
                    onClick={() => retry.mutate(delivery)}
                    className="ml-auto"
                  >
                    Send again
                  </Button>
                )}
              </div>
              <p className="wrap-anywhere text-muted text-xs">{delivery.message}</p>
              <p className="text-faint text-xs">
                {delivery.attempts} {delivery.attempts === 1 ? 'attempt' : 'attempts'}
                {delivery.dispatchedAt && (
                  <>
                    , the last <Time value={delivery.dispatchedAt} />
                  </>
                )}
                {delivery.nextAttemptAt && delivery.attempts > 0 && ', and it is tried again'}
              </p>
            </li>
          ))}
        </ul>
      )}
      {retry.error && <Notice tone="bad" title={retry.error.message} />}
    </Panel>
  );
}
