import type { ContentItem, OtherContent } from '@pawprint/detections';
import * as z from 'zod';
import { nameKey } from '../../access/text-field.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { savedQueryFields, savedQueryValues } from '../saved-query/saved-query.ts';
import type { Services } from '../services.ts';
import type { Change, Writing } from './write-content.ts';

type QueryContent = Extract<OtherContent, { readonly spec: { readonly QueryName: string } }>;

const fields = z.strictObject(savedQueryFields);

/** The saved or scheduled query that an item of content is; undefined for everything else. */
export function queryOf(
  others: readonly OtherContent[],
  { kind, id }: ContentItem,
): QueryContent | undefined {
  return others.find(
    (other): other is QueryContent =>
      (other.spec.AnalysisType === 'saved_query' || other.spec.AnalysisType === 'scheduled_query') &&
      other.spec.AnalysisType === kind &&
      other.id === id,
  );
}

/**
 * Keeps a query of an archive where all saved queries are, in place of the one of its name.
 * @throws ActionError INVALID_INPUT naming the file; FORBIDDEN where the caller may not schedule.
 */
export async function writeQuery(
  { transactor, caller, now }: Writing,
  services: Services,
  { path, spec }: QueryContent,
): Promise<Change> {
  const parsed = fields.safeParse({
    name: spec.QueryName,
    description: spec.Description,
    sql: spec.Query ?? spec.AthenaQuery ?? spec.SnowflakeQuery ?? spec.DatabricksQuery,
    ...('Schedule' in spec && {
      schedule: {
        cron: spec.Schedule.CronExpression,
        rateMinutes: spec.Schedule.RateMinutes,
        timeoutMinutes: spec.Schedule.TimeoutMinutes,
        disabled: spec.Enabled === false,
      },
      emailConfig: spec.EmailConfig,
    }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ActionError('INVALID_INPUT', `${path}: ${issue?.path.join('.')} ${issue?.message}`, {
      field: 'input.data',
    });
  }
  const values = savedQueryValues(parsed.data, services, caller);
  const before = await transactor
    .selectFrom('saved_queries')
    .selectAll()
    .where('name_key', '=', nameKey(values.name))
    .executeTakeFirst();
  const isSame = Object.entries(values).every(
    ([column, value]) => before?.[column as keyof typeof before] === value,
  );
  if (before !== undefined && isSame) return 'unchanged';
  const isOn = parsed.data.schedule?.disabled === false;
  // A schedule that is the same goes on from its last run.
  const keepsTime = isOn && values.schedule === before?.schedule;
  const by = actorReference(caller);
  const row = {
    ...values,
    scheduled_from: keepsTime ? before.scheduled_from : isOn ? now : null,
    last_scheduled_at: keepsTime ? before.last_scheduled_at : null,
    updated_at: now,
    updated_by: by,
  };
  if (before !== undefined) {
    await transactor.updateTable('saved_queries').set(row).where('id', '=', before.id).execute();
    return 'modified';
  }
  await transactor
    .insertInto('saved_queries')
    .values({ id: services.newId(), ...row, created_at: now, created_by: by })
    .execute();
  return 'new';
}
