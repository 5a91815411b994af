import type { ExecuteIndicatorSearchQueryInput } from '../../api/operations.ts';

/** What is looked for, as it stands in the address bar. */
export type IndicatorSearch = {
  readonly indicator?: readonly string[];
  readonly kind?: IndicatorKind;
  readonly period?: Period;
};

/** The kinds of indicators that tables have columns for, `p_any_` before each. */
export const indicatorKinds = {
  ip_addresses: 'IP addresses',
  domain_names: 'Domain names',
  emails: 'E-mail addresses',
  usernames: 'User names',
  actor_ids: 'Actor ids',
  trace_ids: 'Trace ids',
  aws_account_ids: 'AWS account ids',
  aws_arns: 'AWS resource names (ARN)',
  aws_instance_ids: 'AWS instance ids',
  aws_tags: 'AWS tags',
  md5_hashes: 'MD5 hashes',
  sha1_hashes: 'SHA-1 hashes',
  sha256_hashes: 'SHA-256 hashes',
  mac_addresses: 'MAC addresses',
  serial_numbers: 'Serial numbers',
} as const;
export type IndicatorKind = keyof typeof indicatorKinds;

export const periods = {
  '1d': { label: 'Last 24 hours', days: 1 },
  '7d': { label: 'Last 7 days', days: 7 },
  '30d': { label: 'Last 30 days', days: 30 },
  '365d': { label: 'Last year', days: 365 },
  all: { label: 'Any time', days: undefined },
} as const;
export type Period = keyof typeof periods;

/** Reads a parsed query string; what is not understood is dropped. */
export function parseIndicatorSearch(search: Record<string, unknown>): IndicatorSearch {
  const indicator = [search.indicator].flat().filter((text) => typeof text === 'string' && text !== '');
  const { kind, period } = search;
  return {
    ...(indicator.length > 0 && { indicator: indicator as string[] }),
    ...(typeof kind === 'string' && Object.hasOwn(indicatorKinds, kind) && { kind: kind as IndicatorKind }),
    ...(typeof period === 'string' && Object.hasOwn(periods, period) && { period: period as Period }),
  };
}

/** What the API is asked. `now` is where the period ends. */
export function indicatorSearchInput(
  { indicator = [], kind, period = '30d' }: IndicatorSearch,
  now: Date,
): ExecuteIndicatorSearchQueryInput {
  const { days } = periods[period];
  const start = days === undefined ? new Date(0) : new Date(now.getTime() - days * 86_400_000);
  return {
    indicators: [...indicator],
    startTime: start.toISOString(),
    endTime: now.toISOString(),
    ...(kind && { indicatorName: `p_any_${kind}` }),
  };
}
