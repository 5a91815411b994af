import { readContent } from '@pawprint/detections';
import * as z from 'zod';
import { nameKey, nameSchema } from '../../access/text-field.ts';
import type { Rows } from '../../store/store.ts';
import type { SavedQueryRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import type { Caller } from '../caller.ts';
import { seesAllTables } from '../data-lake/data-lake-access.ts';
import { queryText, requireLakeDatabase } from '../data-lake/query-text.ts';
import type { Services } from '../services.ts';
import { nextDueTime, type Schedule, scheduleInput } from './schedule.ts';

/** A saved query as the API shows it. */
export interface SavedQuery {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sql: string;
  readonly databaseName: string;
  readonly schedule: Schedule | null;
  /** RFC 3339; null without a schedule, or with one that is off. */
  readonly nextRunAt: string | null;
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
  readonly updatedAt: string;
  readonly updatedBy: ActorObject | null;
}

const emailConfig = z.looseObject({ recipients: z.array(z.unknown()).nullish() });

/** What a caller says about a saved query. */
export const savedQueryFields = {
  name: nameSchema,
  description: z.string().max(4_096, 'at most 4,096 characters').nullish(),
  sql: queryText,
  databaseName: z.string().max(256).nullish(),
  schedule: scheduleInput.nullish(),
  /** Only where it asks for nothing: Panther's clients send it always. */
  emailConfig: emailConfig
    .nullish()
    .refine(
      (config) => !config?.recipients?.length,
      'results are not sent by e-mail; leave the recipients out',
    ),
};

export type SavedQueryInput = z.output<z.ZodObject<typeof savedQueryFields>>;

/** The columns that the fields become. @throws ActionError where the caller may not schedule, or names no database. */
export function savedQueryValues(
  { name, description, sql, databaseName, schedule }: SavedQueryInput,
  services: Services,
  caller: Caller,
) {
  const database = requireLakeDatabase(services, databaseName);
  if (schedule != null && !seesAllTables(services.lakeTables, caller)) {
    throw new ActionError(
      'FORBIDDEN',
      'A scheduled query runs over all tables: only who may read all of them may schedule one',
      { field: 'input.schedule' },
    );
  }
  return {
    name,
    name_key: nameKey(name),
    description: description ?? '',
    sql,
    database_name: database,
    schedule: schedule == null ? null : JSON.stringify(schedule),
  };
}

/** @throws ActionError ALREADY_EXISTS. @param exceptId the query that may keep its name. */
export async function requireFreeQueryName(rows: Rows, name: string, exceptId?: string): Promise<void> {
  const taken = await rows
    .selectFrom('saved_queries')
    .select('id')
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (taken === undefined || taken.id === exceptId) return;
  throw new ActionError('ALREADY_EXISTS', `There is a saved query called ${name} already`, {
    field: 'input.name',
  });
}

/** @throws ActionError NOT_FOUND. */
export async function requireSavedQuery(rows: Rows, id: string, field: string): Promise<SavedQueryRow> {
  const row = await rows.selectFrom('saved_queries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new ActionError('NOT_FOUND', `There is no saved query ${id}`, { field });
  return row;
}

export async function asSavedQueries(
  rows: Rows,
  found: readonly SavedQueryRow[],
  now: string,
): Promise<readonly SavedQuery[]> {
  const actor = await loadActors(
    rows,
    found.flatMap((row) => [row.created_by, row.updated_by]),
  );
  return found.map((row) => {
    const schedule = scheduleOf(row);
    const since = row.last_scheduled_at ?? row.scheduled_from;
    return {
      id: row.id,
      name: row.name,
      description: row.description,
      sql: row.sql,
      databaseName: row.database_name,
      schedule,
      nextRunAt: schedule === null || since === null ? null : nextDueTime(schedule, since, now),
      createdAt: row.created_at,
      createdBy: actor(row.created_by),
      updatedAt: row.updated_at,
      updatedBy: actor(row.updated_by),
    };
  });
}

export function scheduleOf({ schedule }: Pick<SavedQueryRow, 'schedule'>): Schedule | null {
  return schedule === null ? null : JSON.parse(schedule);
}

/** What a record tells of a saved query. */
export function savedQueryDetails(row: SavedQueryRow): Record<string, unknown> {
  const { id, name, description, sql, database_name: databaseName } = row;
  return { id, name, description, sql, databaseName, schedule: scheduleOf(row) };
}

/** A scheduled rule and the saved queries whose rows it judges. */
export interface QueryUser {
  readonly id: string;
  readonly queries: readonly string[];
}

/** The scheduled rules there are, whether they are on or off. */
export async function readQueryUsers(rows: Rows): Promise<readonly QueryUser[]> {
  const content = await rows
    .selectFrom('detection_content')
    .select('files')
    .where('kind', '=', 'scheduled_rule')
    .execute();
  return content.flatMap(({ files }) =>
    readContent(JSON.parse(files)).detections.map(({ id, sources }) => ({ id, queries: sources })),
  );
}

/** @throws ActionError CONFLICT while a scheduled rule judges the query's rows, under its name. */
export async function requireUnused(rows: Rows, name: string, verb: string, field: string): Promise<void> {
  const users = (await readQueryUsers(rows)).filter(({ queries }) => queries.includes(name));
  if (users.length === 0) return;
  const rules = users.map(({ id }) => id).join(', ');
  throw new ActionError(
    'CONFLICT',
    `The query ${name} can not be ${verb}: scheduled rules use it: ${rules}`,
    {
      field,
    },
  );
}
