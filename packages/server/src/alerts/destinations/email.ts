import { personal } from '@pawprint/record';
import * as z from 'zod';
import { emailAddressSchema } from '../../access/email-address.ts';
import type { Mail } from '../../outbound/mail.ts';
import { type AlertNotice, DeliveryError, type Destination } from './destination.ts';

const schema = z.strictObject({
  addresses: personal(
    z
      .array(emailAddressSchema)
      .min(1, 'name at least one')
      .max(20, 'at most 20')
      .transform((addresses) => [...new Set(addresses)]),
  ),
});

/** Writes an alert as an e-mail of plain text. */
export const email: Destination<z.output<typeof schema>> = {
  schema,
  secrets: [],
  personal: ['addresses'],
  unavailable: ({ mail }) => (mail === undefined ? 'no mail server is set (PAWPRINT_SMTP_URL)' : undefined),
  async deliver({ mail }, { addresses }, notice, key) {
    if (mail === undefined) throw new DeliveryError('no mail server is set (PAWPRINT_SMTP_URL)');
    const { response } = await mail
      .sendMail({
        from: mail.from,
        // As objects, so that no address is read as a list of others.
        to: addresses.map((address) => ({ name: '', address })),
        // The same each time, so that mailboxes show a message once that came twice.
        messageId: `<${key.replace('/', '.')}@${messageDomain(mail)}>`,
        subject: `${notice.isTest ? 'Test alert' : notice.severity}: ${notice.title}`,
        text: text(notice),
        headers: { 'auto-submitted': 'auto-generated' },
      })
      .catch((cause: Error) => {
        throw new DeliveryError(cause.message, { cause });
      });
    return { statusCode: null, message: response ?? '' };
  },
};

/** The right side of a message's id. */
export function messageDomain({ from }: Pick<Mail, 'from'>): string {
  const [domain = ''] = from.split('@').slice(-1);
  return domain.replace(/[^\w.-]/g, '') || 'localhost';
}

function text(notice: AlertNotice): string {
  const context = JSON.stringify(notice.context, null, 2);
  const parts: readonly (readonly [heading: string, text: string])[] = [
    ['Severity', notice.severity],
    ['Detection', notice.detectionId && `${notice.name} (${notice.detectionId})`],
    ['Created', notice.createdAt],
    ['Description', notice.description],
    ['Runbook', notice.runbook],
    ['Reference', notice.reference],
    ['Tags', notice.tags.join(', ')],
    ['Context', context === '{}' ? '' : context.slice(0, contextLengthMax)],
  ];
  const known = parts.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}`);
  const heading = notice.isTest ? `Test alert: ${notice.title}` : notice.title;
  return `${[heading, ...known, notice.link].join('\n\n')}\n`;
}

/** The alert's page has the rest. */
const contextLengthMax = 10_000;
