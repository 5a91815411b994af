import { personal } from '@pawprint/record';
import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import type { AlertActivityRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import type { ActorObject } from '../actor-object.ts';
import type { Caller } from '../caller.ts';
import { requireAlert } from './alert-access.ts';
import type { AlertActivity } from './alert-activity.ts';

/** A comment on an alert as the API shows it. HTML is as it was sent: whoever shows it must sanitize it. */
export interface AlertComment {
  readonly id: string;
  readonly alertId: string;
  readonly body: string;
  readonly format: CommentFormat;
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
  /** Only its author changes a comment. */
  readonly updatedAt: string;
}

export const commentFormats = ['PLAIN_TEXT', 'HTML'] as const;
export type CommentFormat = (typeof commentFormats)[number];

/** What somebody writes is theirs, and erased with them. */
export const commentFields = {
  body: personal(z.string().trim().min(1, 'must not be empty').max(50_000, 'at most 50,000 characters')),
  format: z.enum(commentFormats),
};

/** The comment that an activity of the kind COMMENT is. */
export function asComment({ id, alertId, body, actor, createdAt }: AlertActivity): AlertComment {
  const { text, format, updatedAt } = body as { text: string; format: CommentFormat; updatedAt?: string };
  return { id, alertId, body: text, format, createdAt, createdBy: actor, updatedAt: updatedAt ?? createdAt };
}

/** @throws ActionError NOT_FOUND, also for a comment on an alert that the caller may not see. */
export async function requireComment(rows: Rows, caller: Caller, id: string): Promise<AlertActivityRow> {
  const row = await rows
    .selectFrom('alert_activities')
    .selectAll()
    .where('id', '=', id)
    .where('kind', '=', 'COMMENT')
    .executeTakeFirst();
  if (row === undefined) throw new ActionError('NOT_FOUND', `There is no comment ${id}`, { field: 'id' });
  await requireAlert(rows, caller, row.alert_id, 'id');
  return row;
}
