import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { SMTPServer } from 'smtp-server';

/** A web server that keeps what it was sent, until the test file ends. */
export interface Hook {
  readonly url: string;
  readonly received: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** What it answers; undefined gives no answer at all. */
  status: number | undefined;
}

export async function startHook(): Promise<Hook> {
  const received: Hook['received'] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    received.push({ headers: request.headers, body });
    if (hook.status !== undefined) response.writeHead(hook.status).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const hook: Hook = { url: `http://127.0.0.1:${port}/`, received, status: 200 };
  return hook;
}

/** A mail server that keeps what it was sent, until the test file ends. */
export interface MailServer {
  readonly messages: { readonly to: readonly string[]; readonly text: string }[];
  readonly smtp: { readonly url: string; readonly from: string };
  /** Whether it refuses messages. */
  refuses: boolean;
  /** How often it did. */
  refused: number;
}

export async function startMailServer(): Promise<MailServer> {
  const messages: MailServer['messages'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_, __, done) {
      if (mail.refuses) mail.refused += 1;
      done(mail.refuses ? new Error('the mailbox is full') : null);
    },
    onData(stream, session, done) {
      Array.fromAsync(stream as AsyncIterable<Buffer>).then((parts) => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        messages.push({ to, text: Buffer.concat(parts).toString() });
        done();
      });
    },
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => server.close());
  const { port } = server.server.address() as AddressInfo;
  const smtp = { url: `smtp://127.0.0.1:${port}`, from: 'pawprint@example.com' };
  const mail: MailServer = { messages, smtp, refuses: false, refused: 0 };
  return mail;
}

/** The text of a message, without what its encoding adds (RFC 2045 §6.7). */
export function plainText(message: string): string {
  return message
    .replaceAll('=\r\n', '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString())
    .replaceAll('\r\n', '\n');
}
