import { createTransport, type Transporter } from 'nodemailer';
import type { Config } from '../config/config.ts';

const timeoutMs = 10_000;

/** The operator's mail server, by which the instance writes e-mail. */
export interface Mail {
  /** The sender's address. */
  readonly from: string;
  readonly sendMail: Transporter['sendMail'];
}

/** Nothing is connected before the first message. */
export function createMail({ url, from }: NonNullable<Config['smtp']>): Mail {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isSecure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    // A password goes over an encrypted connection or not at all.
    ...(username !== '' && {
      requireTLS: true,
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { from, sendMail: transport.sendMail.bind(transport) };
}
