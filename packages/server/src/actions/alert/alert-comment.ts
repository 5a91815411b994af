import { personal } from '@pawprint/record';
import * as z from 'zod';
import type { ActorObject } from '../actor-object.ts';
import type { AlertActivity } from './alert-activity.ts';

/** A comment on an alert as the API shows it. HTML is as it was sent: whoever shows it must sanitize it. */
export interface AlertComment {
  readonly id: string;
  readonly alertId: string;
  readonly body: string;
  readonly format: CommentFormat;
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
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
  return {
    id,
    alertId,
    body: String(body.text),
    format: body.format as CommentFormat,
    createdAt,
    createdBy: actor,
  };
}
