import * as z from 'zod';
import { isPlainObject } from './canonical-json.ts';
import { isTimestamp } from './timestamp.ts';

/** How an action ended. A bulk action of which only a part worked is `PARTIALLY_FAILED`. */
export const actionResultSchema = z.enum(['SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED']);
export type ActionResult = z.infer<typeof actionResultSchema>;

/** What kind of caller acted: a person, or an API token (which also stands for a provisioning client). */
export const actorTypeSchema = z.enum(['USER', 'TOKEN']);
export type ActorType = z.infer<typeof actorTypeSchema>;

/** A JSON object kept exactly as it came: z.record would lose a key named `__proto__`. */
const jsonObject = z.custom<Record<string, unknown>>(isPlainObject, 'expected an object');

/** Who acted. `attributes` normally holds email, emailVerified, roleId and roleName. */
export const actorSchema = z.strictObject({
  id: z.string(),
  type: actorTypeSchema,
  name: z.string().optional(),
  attributes: jsonObject.optional(),
});
export type Actor = z.infer<typeof actorSchema>;

const fields = {
  actionName: z.string().min(1).describe('What was done, a name from the tables below.'),
  actionDescription: z
    .string()
    .optional()
    .describe('The same in a sentence, as the API describes the operation.'),
  actionResult: actionResultSchema.describe(
    '`SUCCEEDED`, `FAILED`, or `PARTIALLY_FAILED` when a bulk action worked for some of its items only.',
  ),
  actionParams: jsonObject
    .optional()
    .describe(
      'What the caller asked for: `dynamic` holds what came as variables (or in a REST path, query or body), ' +
        '`static` what was written literally in the operation.',
    ),
  actionDetails: jsonObject
    .optional()
    .describe('What the action adds about itself, such as the values before and after a change.'),
  actor: actorSchema.describe(
    'Who did it: `id`, `type` (`USER` or `TOKEN`), and where known `name` and `attributes` (e-mail address and role).',
  ),
  errors: z
    .array(z.strictObject({ message: z.string() }))
    .nullable()
    .optional()
    .describe('Why it failed: a list of `{message}`; null or absent when nothing did.'),
  sourceIP: z
    .string()
    .optional()
    .describe('The address the request came from; empty when the instance itself acted.'),
  XForwardedFor: z
    .array(z.string())
    .optional()
    .describe('The addresses of the X-Forwarded-For header in their order.'),
  userAgent: z.string().optional().describe('The client software as it names itself; `slackbot` for Slack.'),
  timestamp: z
    .string()
    .refine(isTimestamp, 'expected YYYY-MM-DD HH:MM:SS.fffffffff')
    .describe('When, in UTC: `YYYY-MM-DD HH:MM:SS.fffffffff`.'),
  pantherVersion: z.string().min(1).describe('The version of the instance that made the record.'),
};

/** An audit record: exactly the specified fields and no other. */
export const auditRecordSchema = z.strictObject(fields);
export type AuditRecord = z.infer<typeof auditRecordSchema>;

/**
 * An audit record as other instances have published it: the time and version may be missing, and fields a data lake
 * adds (`p_...`) are kept.
 */
export const publishedRecordSchema = z.looseObject({
  ...fields,
  timestamp: fields.timestamp.optional(),
  pantherVersion: fields.pantherVersion.optional(),
});
export type PublishedRecord = z.infer<typeof publishedRecordSchema>;
