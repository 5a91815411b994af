import { severities } from '@pawprint/detections';
import { sql } from 'kysely';
import * as z from 'zod';
import type { Reader } from '../../store/store.ts';
import {
  type AlertRow,
  type AlertStatus,
  type AlertType,
  alertStatuses,
  alertTypes,
} from '../../store/tables.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import { asPage, pageInput } from '../page.ts';
import { asAlerts } from './alert.ts';
import { maySeeAlert } from './alert-access.ts';

/** The alert types behind each kind of listing. */
const listings = {
  ALERT: ['RULE', 'SCHEDULED_RULE', 'POLICY', 'CORRELATION_RULE'],
  DETECTION_ERROR: ['RULE_ERROR', 'SCHEDULED_RULE_ERROR'],
  SYSTEM_ERROR: ['SYSTEM_ERROR'],
} as const satisfies Record<string, readonly AlertType[]>;
export const listingTypes = ['ALERT', 'DETECTION_ERROR', 'SYSTEM_ERROR'] as const;

const instant = z.iso
  .datetime({ offset: true, error: 'not an RFC 3339 date and time' })
  .transform((text) => new Date(text).toISOString());
const ids = z.array(z.string().max(256)).max(500, 'at most 500');

/** Among the assignees, stands for none. */
const nobody = '';

/** What alerts are narrowed to. Lists are alternatives; empty or absent means any. */
export const alertFilter = {
  type: z.enum(listingTypes).nullish(),
  subtypes: z.array(z.enum(alertTypes)).max(20).nullish(),
  detectionId: z.string().max(256).nullish(),
  createdAtAfter: instant.nullish(),
  createdAtBefore: instant.nullish(),
  assigneeIds: ids.nullish(),
  statuses: z.array(z.enum(alertStatuses)).max(20).nullish(),
  severities: z.array(z.enum(severities)).max(20).nullish(),
  qualities: z
    .array(z.enum(['NOISE', 'USEFUL']))
    .max(2)
    .nullish(),
  nameContains: z.string().max(256).nullish(),
  logSources: ids.nullish(),
  logTypes: ids.nullish(),
  resourceTypes: ids.nullish(),
  eventCountMin: z.int().min(0, 'at least 0').nullish(),
  eventCountMax: z.int().min(0, 'at least 0').nullish(),
};
const filterObject = z.object(alertFilter);
type AlertFilter = z.output<typeof filterObject>;

/** A page of alerts, newest first unless asked otherwise. */
export const listAlerts = defineRead({
  name: 'LIST_ALERTS',
  requires: 'AlertRead',
  input: z.strictObject({
    input: z
      .strictObject({
        ...alertFilter,
        sortBy: z.literal('createdAt').nullish(),
        sortDir: z.enum(['ascending', 'descending']).nullish(),
        ...pageInput,
      })
      .refine(
        ({ detectionId, createdAtAfter, createdAtBefore }) =>
          detectionId != null || (createdAtAfter != null && createdAtBefore != null),
        { error: 'give detectionId, or createdAtAfter and createdAtBefore' },
      ),
  }),
  async run({ reader, caller }, { input }) {
    const size = input.pageSize ?? 25;
    const direction = input.sortDir === 'ascending' ? 'asc' : 'desc';
    const matching = await matchingAlerts(reader, caller, input);
    if (matching === undefined) return asPage([], noPage);
    let query = matching
      .selectAll()
      .orderBy('created_at', direction)
      .orderBy('id', direction)
      .limit(size + 1);
    const after = readCursor(input.cursor);
    if (after !== undefined) {
      const beyond = direction === 'asc' ? '>' : '<';
      query = query.where(({ eb, or, and }) =>
        or([
          eb('created_at', beyond, after.createdAt),
          and([eb('created_at', '=', after.createdAt), eb('id', beyond, after.id)]),
        ]),
      );
    }
    const rows = await query.execute();
    const page = rows.slice(0, size);
    return asPage(await asAlerts(reader, page), {
      hasNextPage: rows.length > size,
      hasPreviousPage: after !== undefined,
      startCursor: cursorOf(page[0]),
      endCursor: cursorOf(page.at(-1)),
    });
  },
});

/** How many alerts there are by status and severity. */
export const countAlerts = defineRead({
  name: 'LIST_ALERTS',
  requires: 'AlertRead',
  input: z.strictObject({ input: z.strictObject(alertFilter).nullish() }),
  async run({ reader, caller }, { input }) {
    const matching = await matchingAlerts(reader, caller, input ?? {});
    const counts = await matching
      ?.select(({ fn }) => ['status', 'severity', fn.countAll<number | string>().as('count')])
      .groupBy(['status', 'severity'])
      .execute();
    return (counts ?? []).map(({ count, ...rest }) => ({ ...rest, count: Number(count) })) as readonly {
      readonly status: AlertStatus;
      readonly severity: AlertRow['severity'];
      readonly count: number;
    }[];
  },
});

const noPage = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

/** The alerts that match and that the caller may see; undefined where there can be none. */
export async function matchingAlerts(reader: Reader, caller: Caller, filter: AlertFilter) {
  const types = filter.subtypes?.length ? filter.subtypes : listings[filter.type ?? 'ALERT'];
  let query = reader.selectFrom('alerts').where('type', 'in', types);
  const logTypes = await logTypesOf(reader, caller, filter);
  if (logTypes?.length === 0) return undefined;
  if (logTypes !== undefined) query = query.where('log_types', 'in', logTypes);
  if (filter.detectionId != null) query = query.where('detection_id', '=', filter.detectionId);
  if (filter.createdAtAfter != null) query = query.where('created_at', '>=', filter.createdAtAfter);
  if (filter.createdAtBefore != null) query = query.where('created_at', '<=', filter.createdAtBefore);
  const { assigneeIds } = filter;
  if (assigneeIds?.length) {
    query = query.where(({ eb, or }) =>
      or([
        eb('assignee_id', 'in', assigneeIds),
        ...(assigneeIds.includes(nobody) ? [eb('assignee_id', 'is', null)] : []),
      ]),
    );
  }
  if (filter.statuses?.length) query = query.where('status', 'in', filter.statuses);
  if (filter.severities?.length) query = query.where('severity', 'in', filter.severities);
  if (filter.qualities?.length) query = query.where('quality', 'in', filter.qualities);
  if (filter.eventCountMin != null) query = query.where('event_count', '>=', filter.eventCountMin);
  if (filter.eventCountMax != null) query = query.where('event_count', '<=', filter.eventCountMax);
  if (filter.nameContains) {
    const part = `%${filter.nameContains.replaceAll(/[!%_]/g, '!$&')}%`;
    query = query.where(
      sql<boolean>`(title like ${part} escape '!' or lower(title) like ${part.toLowerCase()} escape '!')`,
    );
  }
  return query;
}

/**
 * The lists of log types, as alerts have them, that the filter asks for and the caller may see; undefined for all. There
 * are few different ones, so that the database compares texts instead of looking into each.
 */
async function logTypesOf(
  reader: Reader,
  caller: Caller,
  { logTypes, resourceTypes, logSources }: AlertFilter,
): Promise<readonly string[] | undefined> {
  const wanted: (readonly string[])[] = [];
  if (logTypes?.length) wanted.push(logTypes);
  if (resourceTypes?.length) wanted.push(resourceTypes);
  if (logSources?.length) wanted.push(await logTypesOfSources(reader, logSources));
  if (wanted.length === 0 && 'logTypeAccess' in caller && caller.logTypeAccess.kind === 'ALLOW_ALL') {
    return undefined;
  }
  const lists = await reader.selectFrom('alerts').select('log_types').distinct().execute();
  return lists
    .filter((row) => maySeeAlert(caller, row))
    .map((row) => row.log_types)
    .filter((text) => {
      const types: readonly string[] = JSON.parse(text);
      return wanted.every((list) => list.some((type) => types.includes(type)));
    });
}

async function logTypesOfSources(reader: Reader, sources: readonly string[]): Promise<readonly string[]> {
  const found = await reader
    .selectFrom('log_sources')
    .select('log_types')
    .where('id', 'in', [...sources])
    .execute();
  return found.flatMap((row) => JSON.parse(row.log_types) as string[]);
}

interface Place {
  readonly createdAt: string;
  readonly id: string;
}

/** Where the next page begins: it stays right while alerts arrive. */
function cursorOf(row: AlertRow | undefined): string | null {
  return row === undefined ? null : `${row.created_at}_${row.id}`;
}

/** @throws ActionError INVALID_INPUT for text that no page gave out. */
function readCursor(cursor: string | null | undefined): Place | undefined {
  if (cursor == null || cursor === '') return undefined;
  const [, createdAt, id] = /^(\d{4}-\d\d-\d\dT[\d:.]{12}Z)_([0-9a-f]{32})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    const field = 'input.cursor';
    throw new ActionError('INVALID_INPUT', `${field}: not a cursor of this list`, { field });
  }
  return { createdAt, id };
}
