import { type Severity, severities } from '@pawprint/detections';
import * as z from 'zod';
import { nameKey, nameSchema } from '../../access/text-field.ts';
import {
  type DestinationType,
  destinations,
  recordedConfig,
  withoutSecrets,
} from '../../alerts/destinations/destinations.ts';
import type { Rows } from '../../store/store.ts';
import { type AlertType, alertTypes, type DestinationRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';

/** A destination as the API shows it: what is secret of its setting, only as whether there is one. */
export interface AlertDestination {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Of its type's setting, without what is secret. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly severities: readonly Severity[];
  readonly alertTypes: readonly AlertType[];
  readonly logTypes: readonly string[];
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
  readonly updatedAt: string;
  readonly updatedBy: ActorObject | null;
  readonly pendingDeliveries: number;
  readonly failedDeliveries: number;
}

/** The destinations with what waits for them, by name; or the one with the id. */
export async function loadDestinations(rows: Rows, id?: string): Promise<readonly AlertDestination[]> {
  let query = rows.selectFrom('destinations').selectAll().orderBy('name_key');
  if (id !== undefined) query = query.where('id', '=', id);
  const found = await query.execute();
  const counts = await rows
    .selectFrom('alert_deliveries')
    .select(({ fn }) => ['destination_id', 'status', fn.countAll<number | string>().as('count')])
    .where('status', '<>', 'DELIVERED')
    .groupBy(['destination_id', 'status'])
    .execute();
  const actor = await loadActors(
    rows,
    found.flatMap((row) => [row.created_by, row.updated_by]),
  );
  return found.map((row) => {
    const count = (status: string) =>
      Number(counts.find((of) => of.destination_id === row.id && of.status === status)?.count ?? 0);
    return {
      id: row.id,
      name: row.name,
      type: row.type,
      config: withoutSecrets(row),
      severities: JSON.parse(row.severities),
      alertTypes: JSON.parse(row.alert_types),
      logTypes: JSON.parse(row.log_types),
      createdAt: row.created_at,
      createdBy: actor(row.created_by),
      updatedAt: row.updated_at,
      updatedBy: actor(row.updated_by),
      pendingDeliveries: count('PENDING'),
      failedDeliveries: count('FAILED'),
    };
  });
}

const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .max(500, 'at most 500')
    .transform((items) => [...new Set(items)]);

/** The fields of a destination that a caller chooses. Exactly one of the types' settings says of which type it is. */
export const destinationFields = {
  name: nameSchema,
  severities: list(z.enum(severities)),
  alertTypes: list(z.enum(alertTypes)),
  logTypes: list(nameSchema),
  webhook: destinations.webhook.schema.nullish(),
  email: destinations.email.schema.nullish(),
};

type GivenSettings = { readonly [Type in DestinationType]?: object | null | undefined };

/** The one setting that was given, and its type; undefined for none. @throws ActionError INVALID_INPUT for several. */
export function givenSetting(
  input: GivenSettings,
): { readonly type: DestinationType; readonly config: Readonly<Record<string, unknown>> } | undefined {
  const types = Object.keys(destinations) as DestinationType[];
  const given = types.flatMap((type) => {
    const config = input[type];
    return config == null ? [] : [{ type, config: { ...config } }];
  });
  if (given.length > 1) {
    throw new ActionError('INVALID_INPUT', `input: give only one of ${types.join(', ')}`, { field: 'input' });
  }
  return given[0];
}

/** @throws ActionError NOT_FOUND */
export async function requireDestination(rows: Rows, id: string, field: string): Promise<DestinationRow> {
  const row = await rows.selectFrom('destinations').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new ActionError('NOT_FOUND', `There is no destination ${id}`, { field });
  return row;
}

/** @throws ActionError ALREADY_EXISTS when another destination has the name, in any letter case. */
export async function requireFreeName(rows: Rows, name: string, exceptId?: string): Promise<void> {
  const other = await rows
    .selectFrom('destinations')
    .select('id')
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (other !== undefined && other.id !== exceptId) {
    throw new ActionError('ALREADY_EXISTS', `There is already a destination named ${name}`, {
      field: 'input.name',
    });
  }
}

/** What a record tells of a destination before and after a change. */
export function destinationDetails(row: DestinationRow): Record<string, unknown> {
  return {
    id: row.id,
    name: row.name,
    [row.type]: recordedConfig(row),
    severities: JSON.parse(row.severities),
    alertTypes: JSON.parse(row.alert_types),
    logTypes: JSON.parse(row.log_types),
  };
}
