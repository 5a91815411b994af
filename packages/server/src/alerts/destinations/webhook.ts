import { createHmac } from 'node:crypto';
import { secret } from '@pawprint/record';
import * as z from 'zod';
import { OutboundError } from '../../outbound/outbound-request.ts';
import type { AlertType } from '../../store/tables.ts';
import { type AlertNotice, DeliveryError, type Destination } from './destination.ts';

const schema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'not an http:// or https:// address' })
    .max(2_048)
    .refine((text) => URL.parse(text)?.username === '' && URL.parse(text)?.password === '', {
      error: 'must not have a user name or password in it',
    }),
  /** Signs the body; empty for none. */
  secret: secret(z.string().max(256)).nullish(),
});

const answerBytesMax = 64 * 1024;

/** Posts an alert as JSON in Panther's form. */
export const webhook: Destination<z.output<typeof schema>> = {
  schema,
  secrets: ['secret'],
  personal: [],
  async deliver({ sendOutbound }, { url, secret }, notice, key) {
    const body = JSON.stringify(webhookBody(notice));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'pawprint',
      'idempotency-key': key,
      ...(secret && {
        'x-pawprint-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      }),
    };
    const { status } = await sendOutbound({ url, method: 'POST', headers, body, answerBytesMax }).catch(
      (cause: unknown) => {
        throw new DeliveryError(cause instanceof OutboundError ? cause.message : String(cause), { cause });
      },
    );
    if (status < 200 || status > 299) {
      throw new DeliveryError(`it answered with the status ${status}`, { statusCode: status });
    }
    return { statusCode: status, message: 'it took the alert' };
  },
};

/** What the title begins with. */
const heading: { readonly [Type in AlertType]: string } = {
  RULE: 'New Alert',
  SCHEDULED_RULE: 'New Alert',
  CORRELATION_RULE: 'New Alert',
  POLICY: 'Policy Failure',
  RULE_ERROR: 'New rule error',
  SCHEDULED_RULE_ERROR: 'New rule error',
  SYSTEM_ERROR: 'System error',
};

function webhookBody(notice: AlertNotice) {
  return {
    id: notice.detectionId,
    createdAt: notice.createdAt,
    severity: notice.severity,
    type: notice.type,
    link: notice.link,
    title: `${notice.isTest ? 'Test Alert' : heading[notice.type]}: ${notice.title}`,
    name: notice.name,
    alertId: notice.alertId,
    alertContext: notice.context,
    description: notice.description,
    runbook: notice.runbook,
    reference: notice.reference,
    tags: notice.tags,
    version: notice.version === null ? null : String(notice.version),
  };
}
