import { hash, randomBytes } from 'node:crypto';

export interface TimestampRequest {
  /** The TimeStampReq, to be sent as `application/timestamp-query`. */
  readonly der: Uint8Array;
  /** What the answer must repeat. */
  readonly nonce: bigint;
}

/** Object identifier 2.16.840.1.101.3.4.2.1, SHA-256, with the parameters NULL. */
const sha256Algorithm = Buffer.from('300d06096086480165030402010500', 'hex');

/** Asks for a time stamp over `data` (RFC 3161 section 2.4.1): its SHA-256, a nonce, and that the certificates come along. */
export function createTimestampRequest(data: Uint8Array): TimestampRequest {
  const nonce = randomBytes(8);
  // A first bit of 0 keeps the integer positive, and one that is not 0 keeps it free of padding.
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40;
  const imprint = sequence(sha256Algorithm, element(0x04, hash('sha256', data, 'buffer')));
  const version = element(0x02, Buffer.of(1));
  const certificatesRequested = element(0x01, Buffer.of(0xff));
  return {
    der: sequence(version, imprint, element(0x02, nonce), certificatesRequested),
    nonce: nonce.readBigUInt64BE(),
  };
}

function sequence(...members: readonly Uint8Array[]): Buffer {
  return element(0x30, Buffer.concat(members));
}

/** One DER element; all of a request are shorter than 128 bytes. */
function element(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}
