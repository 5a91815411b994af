import { setTimeout as delay } from 'node:timers/promises';
import { Personal } from '@pawprint/record';
import type { DestinationRow } from '../../store/tables.ts';
import {
  type AlertNotice,
  DeliveryError,
  type DeliveryTools,
  type Destination,
  type Receipt,
} from './destination.ts';
import { email } from './email.ts';
import { webhook } from './webhook.ts';

/** All kinds of destinations, by the name that the API and the rows call them. */
export const destinations = { webhook, email };
export type DestinationType = keyof typeof destinations;

/** How a kind is set up, by the kind's name: the one way to say that two rows differ in type. */
type AnyConfig = Readonly<Record<string, unknown>>;

function kindOf(type: string): Destination<AnyConfig> {
  const kind = Object.hasOwn(destinations, type) ? destinations[type as DestinationType] : undefined;
  if (kind === undefined) throw new Error(`There is no kind of destinations called ${type}`);
  return kind as unknown as Destination<AnyConfig>;
}

/** Why this instance has no destinations of a type; undefined where it has. */
export function unavailable(tools: DeliveryTools, type: DestinationType): string | undefined {
  return kindOf(type).unavailable?.(tools);
}

/** Sends one alert to a destination, and waits no longer than `waitMsMax`. @throws DeliveryError */
export async function deliver(
  tools: DeliveryTools,
  { type, config }: Pick<DestinationRow, 'type' | 'config'>,
  notice: AlertNotice,
  key: string,
): Promise<Receipt> {
  const over = new AbortController();
  try {
    return await Promise.race([
      kindOf(type).deliver(tools, JSON.parse(config), notice, key),
      delay(waitMsMax, undefined, { signal: over.signal, ref: false }).then(() => {
        throw new DeliveryError(`it did not answer within ${waitMsMax / 1000} s`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/** For what takes several exchanges, each of which may be slow. */
const waitMsMax = 30_000;

/** A changed setting, with the secrets of before that it does not give. An empty one is none. */
export function withKeptSecrets(type: string, before: string, given: AnyConfig): string {
  const kept: AnyConfig = JSON.parse(before);
  const secrets = kindOf(type).secrets.map((name) => [name, given[name] ?? kept[name]]);
  return JSON.stringify({ ...given, ...Object.fromEntries(secrets) });
}

/** What of a destination's setting may be seen: of a secret, such as `secret`, whether there is one, `hasSecret`. */
export function withoutSecrets({ type, config }: Pick<DestinationRow, 'type' | 'config'>): AnyConfig {
  const { secrets } = kindOf(type);
  const entries = Object.entries(JSON.parse(config) as AnyConfig);
  const names = secrets.map((name) => [`has${name[0]?.toUpperCase()}${name.slice(1)}`, name] as const);
  return Object.fromEntries([
    ...entries.filter(([name]) => !secrets.includes(name)),
    ...names.map(([shown, name]) => [shown, Boolean(entries.find(([key]) => key === name)?.[1])]),
  ]);
}

/** As `withoutSecrets`, for a record: what identifies people is marked as data of whoever set it. */
export function recordedConfig(row: Pick<DestinationRow, 'type' | 'config'>): AnyConfig {
  const { personal } = kindOf(row.type);
  return Object.fromEntries(
    Object.entries(withoutSecrets(row)).map(([name, value]) => [
      name,
      personal.includes(name) ? new Personal(undefined, value) : value,
    ]),
  );
}
