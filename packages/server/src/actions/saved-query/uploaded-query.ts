import { type ContentItem, readContent } from '@pawprint/detections';
import { nameKey } from '../../access/text-field.ts';
import type { Transactor } from '../../store/store.ts';
import { ActionError } from '../action-error.ts';
import { actorReference, type Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { savedQueryValues } from './saved-query.ts';
import { scheduleInput, timeoutMinutesMax } from './schedule.ts';

interface Taking {
  readonly transactor: Transactor;
  readonly caller: Caller;
  readonly now: string;
  readonly services: Services;
}

/**
 * Makes an uploaded query a saved one, or changes the one of its name. Other content is passed over.
 * @returns whether it was a query.
 * @throws ActionError INVALID_INPUT that names the file; FORBIDDEN where the caller may not schedule.
 */
export async function takeUploadedQuery(
  { transactor, caller, now, services }: Taking,
  item: ContentItem,
): Promise<boolean> {
  if (item.kind !== 'saved_query' && item.kind !== 'scheduled_query') return false;
  const query = readContent(item.files).others[0]?.spec;
  if (query?.AnalysisType !== 'saved_query' && query?.AnalysisType !== 'scheduled_query') return false;
  const { QueryName: name, Description: description = '' } = query;
  const sql = query.Query ?? query.SnowflakeQuery ?? query.AthenaQuery ?? query.DatabricksQuery ?? '';
  const schedule = query.AnalysisType === 'scheduled_query' ? scheduleOf(item, query.Schedule) : null;
  const values = savedQueryValues({ name, description, sql, schedule }, services, caller);
  const before = await transactor
    .selectFrom('saved_queries')
    .selectAll()
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  const by = actorReference(caller);
  const isOn = schedule?.disabled === false;
  const changed = {
    ...values,
    ...((before?.schedule !== values.schedule || !isOn) && {
      ...{ scheduled_from: isOn ? now : null, last_scheduled_at: null },
    }),
    ...{ updated_at: now, updated_by: by },
  };
  if (before === undefined) {
    await transactor
      .insertInto('saved_queries')
      .values({
        ...{ scheduled_from: null, last_scheduled_at: null, ...changed },
        ...{ id: services.newId(), created_at: now, created_by: by },
      })
      .execute();
  } else {
    await transactor.updateTable('saved_queries').set(changed).where('id', '=', before.id).execute();
  }
  return true;
}

interface UploadedSchedule {
  readonly CronExpression?: string | undefined;
  readonly RateMinutes?: number | undefined;
  readonly TimeoutMinutes?: number | undefined;
}

function scheduleOf({ files: [{ path }], enabled }: ContentItem, schedule: UploadedSchedule) {
  const parsed = scheduleInput.safeParse({
    cron: schedule.CronExpression,
    rateMinutes: schedule.RateMinutes,
    // Longer ones are in use elsewhere; none is worth refusing an archive for.
    timeoutMinutes: Math.min(schedule.TimeoutMinutes ?? 0, timeoutMinutesMax),
    disabled: !enabled,
  });
  if (parsed.success) return parsed.data;
  throw new ActionError('INVALID_INPUT', `${path}: Schedule: ${parsed.error.issues[0]?.message}`, {
    field: 'input.data',
  });
}
