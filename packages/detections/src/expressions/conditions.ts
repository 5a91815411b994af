import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

/** Compares what was found in the event (`undefined`: nothing) with the value the expression gives. */
export type Comparison = (found: unknown, value: unknown) => boolean;

type ValueShape = 'any' | 'text' | 'orderable' | 'network';

interface ComparingCondition {
  readonly holds: Comparison;
  readonly value: ValueShape;
}

const folded = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

const equals: Comparison = (found, value) => isDeepStrictEqual(found, value);
const startsWith: Comparison = (found, value) =>
  typeof found === 'string' && typeof value === 'string' && found.startsWith(value);
const endsWith: Comparison = (found, value) =>
  typeof found === 'string' && typeof value === 'string' && found.endsWith(value);

/** A piece of a text, or an element of a list. */
const contains: Comparison = (found, value) =>
  Array.isArray(found)
    ? found.some((element) => equals(element, value))
    : typeof found === 'string' && typeof value === 'string' && found.includes(value);

/** Numbers with numbers and texts with texts; anything else is in no order. */
const ordered =
  (accepts: (order: number) => boolean): Comparison =>
  (found, value) => {
    if (typeof found === 'number' && typeof value === 'number') return accepts(found - value);
    if (typeof found !== 'string' || typeof value !== 'string') return false;
    return accepts(found === value ? 0 : found < value ? -1 : 1);
  };

const not =
  (holds: Comparison): Comparison =>
  (found, value) =>
    !holds(found, value);
const ignoringCase =
  (holds: Comparison): Comparison =>
  (found, value) =>
    holds(Array.isArray(found) ? found.map(folded) : folded(found), folded(value));

const inNetwork: Comparison = (found, value) => {
  if (typeof found !== 'string' || isIP(found) === 0) return false;
  const network = String(value);
  const list = networkLists.get(network) ?? networkList([network]);
  networkLists.set(network, list);
  return list.check(found, isIPv4(found) ? 'ipv4' : 'ipv6');
};

/** Made once for each network that content names; building one costs more than asking it. */
const networkLists = new Map<string, BlockList>();

/** The conditions that compare one value with another. `I` before a name: letter case does not count. */
export const comparisons: ReadonlyMap<string, ComparingCondition> = new Map(
  (
    [
      ['Equals', 'DoesNotEqual', equals, 'any'],
      ['StartsWith', 'DoesNotStartWith', startsWith, 'text'],
      ['EndsWith', 'DoesNotEndWith', endsWith, 'text'],
      ['Contains', 'DoesNotContain', contains, 'any'],
    ] as const
  )
    .flatMap(([name, opposite, holds, value]): [string, ComparingCondition][] => [
      [name, { holds, value }],
      [opposite, { holds: not(holds), value }],
      [`I${name}`, { holds: ignoringCase(holds), value }],
      [`I${opposite}`, { holds: not(ignoringCase(holds)), value }],
    ])
    .concat([
      ['IsGreaterThan', { holds: ordered((order) => order > 0), value: 'orderable' }],
      ['IsGreaterThanOrEqual', { holds: ordered((order) => order >= 0), value: 'orderable' }],
      ['IsGreaterThanOrEquals', { holds: ordered((order) => order >= 0), value: 'orderable' }],
      ['IsLessThan', { holds: ordered((order) => order < 0), value: 'orderable' }],
      ['IsLessThanOrEqual', { holds: ordered((order) => order <= 0), value: 'orderable' }],
      ['IsLessThanOrEquals', { holds: ordered((order) => order <= 0), value: 'orderable' }],
      ['IsIPAddressInCIDR', { holds: inNetwork, value: 'network' }],
      ['IsIPAddressNotInCIDR', { holds: not(inNetwork), value: 'network' }],
    ]),
);

/** The conditions that look whether a value is one of several. */
export const memberships: ReadonlyMap<string, (found: unknown, values: readonly unknown[]) => boolean> =
  new Map([
    ['IsIn', (found, values) => values.some((value) => equals(found, value))],
    ['IsNotIn', (found, values) => !values.some((value) => equals(found, value))],
  ]);

/** A value that is absent counts as null, as a detection written in Python would see it. */
const isNull = (found: unknown): boolean => found === undefined || found === null;
const isAddress = (found: unknown, version?: 4 | 6): found is string =>
  typeof found === 'string' && (version === undefined ? isIP(found) !== 0 : isIP(found) === version);

/** The conditions that need no value. */
export const states: ReadonlyMap<string, (found: unknown) => boolean> = new Map([
  ['Exists', (found) => found !== undefined],
  ['DoesNotExist', (found) => found === undefined],
  ['IsNull', isNull],
  ['IsNotNull', (found) => !isNull(found)],
  ['IsNullOrEmpty', (found) => isNull(found) || isEmpty(found)],
  ['IsNotNullOrEmpty', (found) => !isNull(found) && !isEmpty(found)],
  ['IsIPAddress', (found) => isAddress(found)],
  ['IsIPv4Address', (found) => isAddress(found, 4)],
  ['IsIPv6Address', (found) => isAddress(found, 6)],
  ['IsIPAddressPrivate', (found) => isAddress(found) && isPrivate(found)],
  ['IsIPAddressPublic', (found) => isAddress(found) && !isPrivate(found)],
]);

/** How many elements of a list must satisfy the expressions inside. */
export const quantifiers: ReadonlyMap<string, (satisfied: number, all: number) => boolean> = new Map([
  ['AnyElement', (satisfied) => satisfied > 0],
  ['AllElements', (satisfied, all) => all > 0 && satisfied === all],
  ['OnlyOneElement', (satisfied) => satisfied === 1],
  ['NoElement', (satisfied) => satisfied === 0],
]);

/** Why a value can't be compared with, or undefined if it can. */
export function valueProblem(shape: ValueShape, value: unknown): string | undefined {
  if (shape === 'text' && typeof value !== 'string') return 'expected text';
  if (shape === 'orderable' && typeof value !== 'string' && typeof value !== 'number') {
    return 'expected a number or text';
  }
  if (shape === 'network' && parseNetwork(value) === undefined) {
    return 'expected a network such as 10.0.0.0/8';
  }
  return undefined;
}

function isEmpty(found: unknown): boolean {
  if (typeof found === 'string' || Array.isArray(found)) return found.length === 0;
  return typeof found === 'object' && found !== null && Object.keys(found).length === 0;
}

function parseNetwork(
  value: unknown,
): { readonly address: string; readonly bits: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const [, address = '', bits = ''] = /^([\d.a-fA-F:]+)\/(\d{1,3})$/.exec(String(value)) ?? [];
  if (isIPv4(address) && Number(bits) <= 32) return { address, bits: Number(bits), family: 'ipv4' };
  if (isIPv6(address) && Number(bits) <= 128) return { address, bits: Number(bits), family: 'ipv6' };
  return undefined;
}

/** Addresses that are not reachable across the internet (IANA special-purpose registries). */
const privateNetworks = networkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::/127',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
]);

function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const { address, bits, family } = parseNetwork(network) ?? {};
    if (address !== undefined && bits !== undefined) list.addSubnet(address, bits, family);
  }
  return list;
}

function isPrivate(address: string): boolean {
  return privateNetworks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
