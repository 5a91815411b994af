import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Package, Power, PowerOff } from 'lucide-react';
import { graphql } from '../../api/graphql.ts';
import {
  DetectionPacksDocument,
  type DetectionPacksQuery,
  UpdateDetectionPackStateDocument,
  UpdateDetectionStateDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Switch } from '../../components/switch.tsx';
import { useToast } from '../../components/toast.tsx';
import { SeverityMark } from '../alerts/alert-marks.tsx';
import { detectionsQuery } from './detections-query.ts';

type Pack = DetectionPacksQuery['detectionPacks'][number];

const packsQuery = queryOptions({
  queryKey: ['detection-packs'],
  queryFn: async ({ signal }) => (await graphql(DetectionPacksDocument, {}, signal)).detectionPacks,
});

/** Detections that are turned on and off together, or one by one. */
export function PacksPage() {
  const packs = useQuery(packsQuery);
  return (
    <Page title="Packs" description="Detections that are turned on and off together.">
      <Loaded query={packs} label="packs">
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={Package} title="No packs yet">
              Enable the audit log as a log source for the pack that ships with the product, or upload one
              with Panther’s tool.
            </EmptyState>
          ) : (
            list.map((pack) => <PackSection key={pack.id} pack={pack} />)
          )
        }
      </Loaded>
    </Page>
  );
}

function PackSection({ pack }: { readonly pack: Pack }) {
  const toast = useToast();
  const missing = useMissing('RuleModify');
  const queryClient = useQueryClient();
  /** The packs now, and what else shows detections when it is opened again. */
  const readAnew = async () => {
    queryClient.removeQueries({ queryKey: detectionsQuery.queryKey, type: 'inactive' });
    queryClient.removeQueries({ queryKey: ['detection'], type: 'inactive' });
    await queryClient.invalidateQueries({ queryKey: packsQuery.queryKey });
  };
  const setAll = useMutation({
    mutationFn: (enabled: boolean) =>
      graphql(UpdateDetectionPackStateDocument, { input: { id: pack.id, enabled } }),
    onSuccess: async (_, enabled) => {
      toast(`All of ${pack.displayName} is ${enabled ? 'on' : 'off'}`);
      await readAnew();
    },
  });
  const setOne = useMutation({
    mutationFn: (input: { readonly ids: readonly string[]; readonly enabled: boolean }) =>
      graphql(UpdateDetectionStateDocument, { input }),
    onSuccess: async (_, { enabled }) => {
      toast(enabled ? 'Turned on' : 'Turned off');
      await readAnew();
    },
  });
  const on = pack.detections.filter(({ enabled }) => enabled).length;
  const error = setAll.error ?? setOne.error;
  return (
    <section aria-label={pack.displayName} className="rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-5 py-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="flex flex-wrap items-center gap-2 font-semibold text-base">
            {pack.displayName}
            {pack.managed && <Badge>Managed</Badge>}
            <span className="font-normal text-muted text-sm">
              {on} of {pack.detections.length} on
            </span>
          </h2>
          {pack.description && <p className="text-muted text-sm">{pack.description}</p>}
        </div>
        <div className="flex gap-2">
          <Button
            icon={Power}
            pending={setAll.isPending}
            disabled={on === pack.detections.length}
            disabledReason={missing}
            onClick={() => setAll.mutate(true)}
          >
            Turn all on
          </Button>
          <Button
            icon={PowerOff}
            pending={setAll.isPending}
            disabled={on === 0}
            disabledReason={missing}
            onClick={() => setAll.mutate(false)}
          >
            Turn all off
          </Button>
        </div>
      </header>
      {error && <Notice tone="bad" title={error.message} />}
      <ul className="divide-y divide-line">
        {pack.detections.map(({ kind, id, displayName, description, severity, enabled }) => (
          <li key={`${kind} ${id}`} className="flex items-start gap-4 px-5 py-2.5">
            <div className="min-w-0 flex-1">
              <span className="flex flex-wrap items-center gap-2">
                <Link
                  to="/detections/$kind/$id"
                  params={{ kind, id }}
                  className="break-words font-medium text-sm hover:underline"
                >
                  {displayName}
                </Link>
                {severity && <SeverityMark severity={severity} />}
              </span>
              {description && <p className="text-muted text-xs">{description}</p>}
            </div>
            <Switch
              aria-label={`${displayName} is on`}
              checked={enabled}
              disabled={missing !== undefined || setOne.isPending}
              onCheckedChange={(next) => setOne.mutate({ ids: [id], enabled: next })}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
