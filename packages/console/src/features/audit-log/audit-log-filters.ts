import type { ActionResult, AuditLogFieldInput, AuditLogsInput } from '../../api/operations.ts';

/** What the list is narrowed to, exactly as it stands in the address bar. */
export type AuditLogSearch = {
  /** Words anywhere in the record. */
  readonly q?: string;
  /** A part of the actor's name or e-mail, any case. */
  readonly actor?: string;
  readonly actorId?: string;
  readonly action?: readonly string[];
  readonly result?: readonly ActionResult[];
  /** An address or a CIDR block. */
  readonly ip?: string;
  /** `path=text`, `path~part` or `path`: what single fields have to be. */
  readonly field?: readonly string[];
  /** Whether the counts by value are open, where that is not as the width of the window would have it. */
  readonly facets?: 'open' | 'closed';
  /** A period that ends now; excludes `from` and `to`. */
  readonly range?: RangePreset;
  /** UTC: `2026-01-02T03:04:05`. Both are in the range. */
  readonly from?: string;
  readonly to?: string;
};

export const rangePresets = {
  '15m': { label: 'Last 15 minutes', minutes: 15 },
  '1h': { label: 'Last hour', minutes: 60 },
  '24h': { label: 'Last 24 hours', minutes: 24 * 60 },
  '7d': { label: 'Last 7 days', minutes: 7 * 24 * 60 },
  '30d': { label: 'Last 30 days', minutes: 30 * 24 * 60 },
} as const;
export type RangePreset = keyof typeof rangePresets;

export const actionResults = {
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  PARTIALLY_FAILED: 'Partially failed',
} as const satisfies Record<ActionResult, string>;

/** Reads the filters from a parsed query string; what is not understood is dropped, so an edited link still opens. */
export function parseAuditLogSearch(search: Record<string, unknown>): AuditLogSearch {
  const range = texts(search.range).find((preset) => preset in rangePresets) as RangePreset | undefined;
  const second = (value: unknown) => texts(value).map(parseFilterTime).find(Boolean);
  return withoutEmpty({
    q: texts(search.q)[0],
    actor: texts(search.actor)[0],
    actorId: texts(search.actorId)[0],
    action: texts(search.action),
    result: texts(search.result).filter((result): result is ActionResult => result in actionResults),
    ip: texts(search.ip)[0],
    field: texts(search.field),
    facets: texts(search.facets).find((state) => state === 'open' || state === 'closed'),
    range,
    from: range === undefined ? second(search.from) : undefined,
    to: range === undefined ? second(search.to) : undefined,
  });
}

/** The filters as the API takes them; `now` is where a preset period ends. */
export function auditLogsInput(search: AuditLogSearch, now: Date): AuditLogsInput {
  const { q, actor, actorId, action, result, ip, field, range, from, to } = search;
  const after =
    range === undefined
      ? from && `${from}.000Z`
      : new Date(now.getTime() - rangePresets[range].minutes * 60_000).toISOString();
  return {
    ...(q && { text: q }),
    ...(actor && { actorName: actor }),
    ...(actorId && { actorId }),
    ...(action && { actionName: [...action] }),
    ...(result && { actionResult: [...result] }),
    ...(ip && { sourceIP: ip }),
    ...(field && { fields: field.map(parseFieldFilter) }),
    ...(after && { timestampAfter: after }),
    ...(to && { timestampBefore: `${to}.999Z` }),
  };
}

/** `path=text`, `path~part` or `path` as the API takes it. */
export function parseFieldFilter(text: string): AuditLogFieldInput {
  const [, path = '', sign, value] = /^([^=~]*)([=~])?(.*)$/s.exec(text) ?? [];
  if (sign === undefined) return { path, operator: 'EXISTS' };
  return { path, operator: sign === '=' ? 'EQUALS' : 'CONTAINS', value: value ?? '' };
}

/**
 * The address of the live stream for these filters. A list that ends at a given time has no stream.
 * @param startCursor of the first page: where a live tail goes on so that nothing is missed and nothing repeated.
 */
export function streamUrl(search: AuditLogSearch, startCursor: string): string | null {
  if (search.to !== undefined) return null;
  const params = new URLSearchParams();
  if (search.q) params.set('text', search.q);
  if (search.actor) params.set('actorName', search.actor);
  if (search.actorId) params.set('actorId', search.actorId);
  for (const action of search.action ?? []) params.append('actionName', action);
  for (const result of search.result ?? []) params.append('actionResult', result);
  if (search.ip) params.set('sourceIP', search.ip);
  for (const field of search.field ?? []) params.append('field', field);
  params.set('after', String(Number(startCursor) - 1));
  return `/internal/audit-log/stream?${params}`;
}

/** A time as people write or paste it, in UTC and to the second; undefined for what is no time. */
export function parseFilterTime(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?: ?(?:Z|UTC))?$/i.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, day, minute = '00:00', second = '00'] = match;
  const time = `${day}T${minute}:${second}`;
  return Number.isNaN(Date.parse(`${time}Z`)) ? undefined : time;
}

/** Changes some filters; an empty value removes one. */
export function withFilters(search: AuditLogSearch, changes: Record<string, unknown>): AuditLogSearch {
  return parseAuditLogSearch({ ...search, ...changes });
}

/** The filters alone, without how the page is laid out. */
export function filtersOf({ facets: _, ...filters }: AuditLogSearch): AuditLogSearch {
  return filters;
}

export function hasFilters(search: AuditLogSearch): boolean {
  return Object.keys(filtersOf(search)).length > 0;
}

/** A record's path in words of its last step: `input.ids[*]` is `ids`. */
export function fieldName(path: string): string {
  return path.replace(/^(actionParams\.(dynamic|static)\.(input\.)?|actionDetails\.)/, '');
}

function texts(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list
    .filter((item): item is string => typeof item === 'string' && item.trim() !== '')
    .map((item) => item.trim());
}

function withoutEmpty<T extends object>(values: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const kept = Object.entries(values).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as { [Name in keyof T]?: NonNullable<T[Name]> };
}
