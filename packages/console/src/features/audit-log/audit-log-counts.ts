import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { AuditLogCountsDocument, type AuditLogCountsQuery } from '../../api/operations.ts';
import { parseTime } from '../../components/timestamp.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { type AuditLogSearch, auditLogsInput, filtersOf } from './audit-log-filters.ts';
import { actorName } from './record-summary.ts';

export type AuditLogCounts = AuditLogCountsQuery['auditLogCounts'];

/** How many records match, by time and by value. While others are counted the last ones stay. @param reloads counts anew. */
export function useAuditLogCounts(search: AuditLogSearch, reloads: number) {
  const filters = filtersOf(search);
  return useQuery({
    queryKey: ['audit-log-counts', filters, reloads],
    queryFn: async ({ signal }) => {
      const input = auditLogsInput(filters, new Date());
      return (await graphql(AuditLogCountsDocument, { input }, signal)).auditLogCounts;
    },
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

/** The counts with those added that arrived since: nothing is asked again. Beyond the last bucket new ones are made. */
export function withArrived(counts: AuditLogCounts, arrived: readonly AuditLogEntry[]): AuditLogCounts {
  const added = arrived.filter(({ index }) => index >= counts.end).map(({ record }) => record);
  if (added.length === 0) return counts;
  const first = Date.parse(counts.buckets[0]?.start ?? '');
  const intervalMs = counts.intervalSeconds * 1_000;
  const buckets = counts.buckets.map((bucket) => ({ ...bucket }));
  for (const { timestamp, actionResult } of added) {
    const place = Math.floor((parseTime(timestamp).getTime() - first) / intervalMs);
    if (!(place >= 0)) continue;
    while (buckets.length <= place && buckets.length < bucketsShownMax) {
      const start = new Date(first + buckets.length * intervalMs).toISOString();
      buckets.push({ start, succeeded: 0, failed: 0, partiallyFailed: 0 });
    }
    const bucket = buckets[Math.min(place, buckets.length - 1)];
    if (bucket) bucket[resultFields[actionResult]] += 1;
  }
  return {
    ...counts,
    total: counts.total + added.length,
    buckets,
    actions: increased(
      counts.actions,
      added.map(({ actionName }) => actionName),
    ),
    results: increased(
      counts.results,
      added.map(({ actionResult }) => actionResult),
    ),
    sourceIPs: increased(
      counts.sourceIPs,
      added.flatMap(({ sourceIP }) => sourceIP || []),
    ),
    actors: withActors(counts.actors, added),
  };
}

/** A tab left open for days does not grow for ever. */
const bucketsShownMax = 400;

const resultFields = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  PARTIALLY_FAILED: 'partiallyFailed',
} as const;

function increased<Count extends { readonly value: string; readonly count: number }>(
  counts: readonly Count[],
  values: readonly string[],
): readonly { readonly value: string; readonly count: number }[] {
  const added = Map.groupBy(values, (value) => value);
  const known = new Set(counts.map(({ value }) => value));
  return [
    ...counts.map(({ value, count }) => ({ value, count: count + (added.get(value)?.length ?? 0) })),
    ...Array.from(added, ([value, { length }]) => ({ value, count: length })).filter(
      ({ value }) => !known.has(value),
    ),
  ].sort((a, b) => b.count - a.count);
}

function withActors(
  actors: AuditLogCounts['actors'],
  added: readonly AuditLogEntry['record'][],
): AuditLogCounts['actors'] {
  const counts = actors.map(({ id, count }) => ({ value: id, count }));
  const known = new Map(actors.map((actor) => [actor.id, actor]));
  const byId = new Map(added.map((record) => [record.actor.id, record]));
  return increased(
    counts,
    added.map(({ actor }) => actor.id),
  ).flatMap(({ value, count }) => {
    const record = byId.get(value);
    const actor = known.get(value) ?? (record && { id: value, name: actorName(record) });
    return actor ? [{ ...actor, count }] : [];
  });
}
