import type { EventOf } from './events.ts';
import { connectedHost } from './host.ts';

/** Severities as a rule may give them; `DEFAULT` is the rule's `defaultSeverity`. */
export type RuleSeverity = 'INFO' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/** A unit test of a rule. A mock's name is that of a function of this library, such as `getCounter`. */
export interface RuleTest<Event> {
  readonly name: string;
  readonly expectedResult: boolean;
  readonly log: Event | { readonly [field: string]: unknown };
  readonly mocks?: readonly { readonly objectName: string; readonly returnValue?: unknown }[];
}

/** A rule: what it says about itself, and functions of one event. Only `rule` is required of the functions. */
export interface RuleDefinition<LogType extends string> {
  readonly id: string;
  readonly logTypes: readonly LogType[];
  readonly defaultSeverity: RuleSeverity;
  readonly displayName?: string;
  readonly enabled?: boolean;
  readonly defaultDescription?: string;
  readonly defaultReference?: string;
  readonly defaultRunbook?: string;
  /** Names or ids of destinations. */
  readonly defaultDestinations?: readonly string[];
  readonly tags?: readonly string[];
  /** Frameworks and their ids, such as `{ 'MITRE ATT&CK': ['TA0005:T1562'] }`. */
  readonly reports?: Readonly<Record<string, readonly string[]>>;
  readonly summaryAttributes?: readonly string[];
  readonly threshold?: number;
  /** At least 5. */
  readonly dedupPeriodMinutes?: number;
  /** False: matches are signals only. */
  readonly createAlert?: boolean;
  readonly tests?: readonly RuleTest<EventOf<LogType>>[];

  /** Whether the event matches. */
  rule(event: EventOf<LogType>): boolean;
  title?(event: EventOf<LogType>): string;
  /** Matches with the same text join one alert. */
  dedup?(event: EventOf<LogType>): string;
  severity?(event: EventOf<LogType>): RuleSeverity | 'DEFAULT';
  description?(event: EventOf<LogType>): string;
  reference?(event: EventOf<LogType>): string;
  runbook?(event: EventOf<LogType>): string;
  /** `[]` keeps the alert from being delivered; null leaves the routing as it is. */
  destinations?(event: EventOf<LogType>): readonly string[] | null;
  /** What an analyst should see beside the alert. At most 200 KiB of JSON. */
  alertContext?(event: EventOf<LogType>): Readonly<Record<string, unknown>>;
  /** The threshold then counts different values of this instead of matches. */
  unique?(event: EventOf<LogType>): string;
}

/** Defines a rule; a rule's file exports it as `default`. The log types give `event` its type. */
export function defineRule<const LogType extends string>(
  definition: RuleDefinition<LogType>,
): RuleDefinition<LogType> {
  return definition;
}

/** Standard fields of the events of one log type: a path such as `actor.name`, or a function. */
export interface DataModelDefinition<LogType extends string> {
  readonly id: string;
  readonly logTypes: readonly [LogType];
  readonly mappings: Readonly<Record<string, string | ((event: EventOf<LogType>) => unknown)>>;
}

/** Defines a data model; its file exports it as `default`. */
export function defineDataModel<const LogType extends string>(
  definition: DataModelDefinition<LogType>,
): DataModelDefinition<LogType> {
  return definition;
}

/** The value behind keys and indexes, or undefined where one of them leads nowhere. */
export function deepGet(value: unknown, ...keys: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[key];
  }
  return at;
}

/** Every value behind the keys, going through each element of any list on the way; none of them null. */
export function deepWalk(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((element) => deepWalk(element, ...keys));
  const [key, ...rest] = keys;
  if (key === undefined) return value === undefined || value === null ? [] : [value];
  return deepWalk(deepGet(value, key), ...rest);
}

/** The value of a standard field through the data model of the event's log type. */
export function udm(event: object, name: string): unknown {
  return connectedHost().udm(event, name);
}

/** When an event happened, in whole seconds since 1970, from its `p_event_time` or `timestamp`; 0 if it says neither. */
export function eventTimeEpoch(event: object): number {
  const text = String(deepGet(event, 'p_event_time') ?? deepGet(event, 'timestamp')).slice(0, 19);
  const epochMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(epochMs) ? 0 : epochMs / 1000;
}

/** The row of a lookup table with this primary key, or undefined. @throws Error if there is no such table. */
export function lookup(table: string, key: string): unknown {
  return connectedHost().call('lookup', [table, key]) ?? undefined;
}

/** The value of a counter in the cache, 0 if there is none. */
export function getCounter(key: string): number {
  return Number(connectedHost().call('get_counter', [key]));
}

/** Adds to a counter and gives its new value. */
export function incrementCounter(key: string, by = 1): number {
  return Number(connectedHost().call('increment_counter', [key, by]));
}

export function resetCounter(key: string): void {
  connectedHost().call('reset_counter', [key]);
}

/** The texts kept under a key of the cache. */
export function getStringSet(key: string): ReadonlySet<string> {
  return new Set(connectedHost().call('get_string_set', [key]) as readonly string[]);
}

/** Adds texts to a set of the cache and gives the whole set. */
export function addToStringSet(key: string, values: readonly string[]): ReadonlySet<string> {
  return new Set(connectedHost().call('add_to_string_set', [key, values]) as readonly string[]);
}

export function resetStringSet(key: string): void {
  connectedHost().call('reset_string_set', [key]);
}

/** Lets what is kept under a key end at a time, in seconds since 1970. Without this it is kept for 90 days. */
export function setKeyExpiration(key: string, epochSeconds: number): void {
  connectedHost().call('set_key_expiration', [key, epochSeconds]);
}
