import type { AlertCountsInput, AlertListingType, AlertStatus, Severity } from '../../api/operations.ts';
import { listingLabels, severityLabels, statusLabels } from './alert-words.ts';

/** What the list is narrowed to, exactly as it stands in the address bar. */
export type AlertSearch = {
  /** Detections' alerts unless said otherwise. */
  readonly type?: Exclude<AlertListingType, 'ALERT'>;
  /** Open and triaged ones unless said otherwise. */
  readonly status?: readonly AlertStatus[];
  readonly severity?: readonly Severity[];
  /** A part of the title. */
  readonly q?: string;
  readonly assignee?: 'me' | 'nobody';
  readonly detection?: string;
  readonly range?: RangePreset;
};

export const rangePresets = {
  '24h': { label: 'Last 24 hours', hours: 24 },
  '7d': { label: 'Last 7 days', hours: 7 * 24 },
  '30d': { label: 'Last 30 days', hours: 30 * 24 },
} as const;
export type RangePreset = keyof typeof rangePresets;

/** What still wants somebody's attention. */
export const unfinished: readonly AlertStatus[] = ['OPEN', 'TRIAGED'];

/** Reads the filters from a parsed query string; what is not understood is dropped, so an edited link still opens. */
export function parseAlertSearch(search: Record<string, unknown>): AlertSearch {
  const one = <Value extends string>(value: unknown, allowed: object) =>
    texts(value).find((text): text is Value => Object.hasOwn(allowed, text));
  const many = <Value extends string>(value: unknown, allowed: object) =>
    texts(value).filter((text): text is Value => Object.hasOwn(allowed, text));
  const type = one<AlertListingType>(search.type, listingLabels);
  const status = many<AlertStatus>(search.status, statusLabels);
  const severity = many<Severity>(search.severity, severityLabels);
  const [q] = texts(search.q);
  const [detection] = texts(search.detection);
  const assignee = one<'me' | 'nobody'>(search.assignee, { me: 1, nobody: 1 });
  const range = one<RangePreset>(search.range, rangePresets);
  return {
    ...(type !== undefined && type !== 'ALERT' && { type }),
    ...(status.length > 0 && { status }),
    ...(severity.length > 0 && { severity }),
    ...(q !== undefined && { q }),
    ...(assignee !== undefined && { assignee }),
    ...(detection !== undefined && { detection }),
    ...(range !== undefined && { range }),
  };
}

export function statusesOf({ status }: AlertSearch): readonly AlertStatus[] {
  return status ?? unfinished;
}

/** The filters as the API takes them; `now` is where a preset period ends. */
export function alertsInput(search: AlertSearch, ownId: string, now: Date) {
  const { severity } = search;
  return {
    ...alertCountsInput(search, ownId, now),
    statuses: [...statusesOf(search)],
    ...(severity && { severities: [...severity] }),
  };
}

/** As `alertsInput`, of every status and severity: the counts are by these. */
export function alertCountsInput(
  { type, q, assignee, detection, range }: AlertSearch,
  ownId: string,
  now: Date,
) {
  const hours = range === undefined ? undefined : rangePresets[range].hours;
  return {
    type: type ?? 'ALERT',
    createdAtAfter:
      hours === undefined ? earliest : new Date(now.getTime() - hours * 3_600_000).toISOString(),
    createdAtBefore: latest,
    ...(q && { nameContains: q }),
    ...(assignee && { assigneeIds: [assignee === 'me' ? ownId : ''] }),
    ...(detection && { detectionId: detection }),
  } satisfies AlertCountsInput;
}

// The API asks for a range; this one has every alert in it.
const earliest = '2000-01-01T00:00:00.000Z';
const latest = '9999-12-31T23:59:59.999Z';

/** Changes some filters; an empty value removes one. */
export function withFilters(search: AlertSearch, changes: Record<string, unknown>): AlertSearch {
  return parseAlertSearch({ ...search, ...changes });
}

/** Whether anything is narrowed beyond the kind of listing and the status. */
export function hasFilters({ type: _, status: __, ...others }: AlertSearch): boolean {
  return Object.keys(others).length > 0;
}

function texts(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list
    .filter((item): item is string => typeof item === 'string' && item.trim() !== '')
    .map((item) => item.trim());
}
