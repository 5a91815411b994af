import { createHmac } from 'node:crypto';
import type { ObjectStore } from '@pawprint/ledger';
import { createTimestampRequest, parseCertificates, verifyTimestamp } from '@pawprint/timestamp';
import type { LogReader } from '@pawprint/verifier';
import type { Config } from '../config/config.ts';
import type { Mail } from '../outbound/mail.ts';
import type { SendOutbound } from '../outbound/outbound-request.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { type AnchorDestination, destinationName, type OfferedAnchors } from './anchor-destination.ts';
import { appendAnchor } from './anchor-file.ts';

/** A checkpoint on its way to where it is kept outside. */
export interface AnchoredCheckpoint {
  readonly origin: string;
  readonly size: number;
  /** Base64, as in the note. */
  readonly rootHash: string;
  /** The signed note, with whatever cosignatures it has (C2SP tlog-checkpoint). */
  readonly note: string;
  readonly vkey: string;
}

export interface AnchorSender {
  readonly offered: OfferedAnchors;
  /** Resolves when the checkpoint is there. @throws an error whose message is fit for whoever set the destination. */
  send(destination: AnchorDestination, checkpoint: AnchoredCheckpoint): Promise<void>;
}

export interface AnchorSenderOptions {
  readonly config: Pick<Config, 'anchorFile'>;
  /** Undefined where the operator set none. */
  readonly mail: Mail | undefined;
  readonly sendOutbound: SendOutbound;
  /** The ledger's objects, beside which time stamps are kept. */
  readonly objects: Pick<ObjectStore, 'read' | 'write'>;
  /** Until when a bucket locks a time stamp. */
  retainUntil(): Date;
}

const timeoutMs = 10_000;
const timestampBytesMax = 64 * 1024;

/** Sends checkpoints to where they are kept outside. */
export function createAnchorSender({
  config: { anchorFile },
  mail,
  sendOutbound,
  objects,
  retainUntil,
}: AnchorSenderOptions): AnchorSender {
  async function stamp(url: string, certificates: string, { note, size }: AnchoredCheckpoint): Promise<void> {
    const { checkpoint, answer } = timestampPaths(size);
    // The first time stamp says most: it was there by then.
    if ((await objects.read(answer)) !== undefined) return;
    const data = Buffer.from(note);
    const { der, nonce } = createTimestampRequest(data);
    const { status, body } = await sendOutbound({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      body: der,
      timeoutMs,
      answerBytesMax: timestampBytesMax,
    });
    if (status !== 200) throw new Error(`it answered with the status ${status}`);
    verifyTimestamp({ response: body, data, nonce, trusted: parseCertificates(certificates) });
    const lock = { retainUntil: retainUntil() };
    await objects.write(checkpoint, data, lock);
    await objects.write(answer, body, lock);
  }

  async function post(url: string, secret: string | null, checkpoint: AnchoredCheckpoint): Promise<void> {
    const { note, ...rest } = checkpoint;
    const body = JSON.stringify({ type: 'checkpoint', ...rest, checkpoint: note });
    const signature = secret === null ? undefined : createHmac('sha256', secret).update(body).digest('hex');
    const { status } = await sendOutbound({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'pawprint',
        ...(signature !== undefined && { 'x-pawprint-signature-256': `sha256=${signature}` }),
      },
      body,
      timeoutMs,
    });
    if (status < 200 || status > 299) throw new Error(`it answered with the status ${status}`);
  }

  async function write(address: string, { note, origin, size, vkey }: AnchoredCheckpoint): Promise<void> {
    if (mail === undefined) throw new Error('no mail server is set (PAWPRINT_SMTP_URL)');
    await mail.sendMail({
      from: mail.from,
      to: { name: '', address },
      subject: `Checkpoint of ${origin}: ${size} entries`,
      text: `Keep this message: it shows later whether the ledger was rewritten. Put what is between the lines into a file and run
pawprint verify log <address of the ledger> --key ${vkey} --checkpoint <file>

-----
${note}-----
`,
    });
  }

  return {
    offered: { email: mail !== undefined, file: anchorFile !== undefined },
    async send(destination, checkpoint) {
      try {
        if (destination.kind === 'time_stamp') {
          await stamp(destination.url, destination.certificates, checkpoint);
        } else if (destination.kind === 'webhook')
          await post(destination.url, destination.secret, checkpoint);
        else if (destination.kind === 'email') await write(destination.address, checkpoint);
        else if (anchorFile !== undefined) await appendAnchor(anchorFile, checkpoint.note);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${destinationName(destination)}: ${why}`, { cause });
      }
    },
  };
}

function timestampPaths(size: number) {
  return { checkpoint: `timestamps/${size}.checkpoint`, answer: `timestamps/${size}.tsr` };
}

/** The time stamps that were got: `timestamps/<size>.tsr`, each with the note it is of, `timestamps/<size>.checkpoint`. */
export function publishedTimestamps(objects: Pick<ObjectStore, 'read'>): LogReader {
  return {
    read: async (path) =>
      /^timestamps\/(0|[1-9]\d{0,15})\.(tsr|checkpoint)$/.test(path) ? objects.read(path) : undefined,
  };
}

/** Makes a system error of what can't be sent, until it can. */
export function reportingSender(
  { offered, send }: AnchorSender,
  systemErrors: Pick<SystemErrors, 'report' | 'resolve'>,
): AnchorSender {
  return {
    offered,
    async send(destination, checkpoint) {
      const kind = destination.kind === 'time_stamp' ? 'time_stamp' : 'anchor';
      const subject = { kind, subject: destinationName(destination) } as const;
      try {
        await send(destination, checkpoint);
        systemErrors.resolve(subject);
      } catch (error) {
        systemErrors.report(subject, `A checkpoint could not be sent: ${(error as Error).message}`);
        throw error;
      }
    },
  };
}

/** A destination is no longer one, so nothing is wrong with it. */
export function forgetDestination(name: string, systemErrors: Pick<SystemErrors, 'resolve'>): void {
  for (const kind of ['time_stamp', 'anchor'] as const) systemErrors.resolve({ kind, subject: name });
}
