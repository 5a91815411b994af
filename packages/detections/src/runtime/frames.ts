import { readSync, writeSync } from 'node:fs';

/** A message between the process that calls and the one that runs rules: a small header, and perhaps a large text. */
export interface Frame<Header> {
  readonly header: Header;
  readonly body: string;
}

const prefixBytes = 8;
/** No message of ours is larger; a length beyond it is not a length. */
const partBytesMax = 256 * 2 ** 20;

/** Bytes of a frame: the lengths of header and body (32 bits each, little-endian), the header's JSON, the body. */
export function encodeFrame(header: unknown, body: string | Uint8Array = ''): Buffer {
  const head = Buffer.from(JSON.stringify(header));
  const tail = typeof body === 'string' ? Buffer.from(body) : body;
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(head.length, 0);
  prefix.writeUInt32LE(tail.length, 4);
  return Buffer.concat([prefix, head, tail]);
}

/** Takes frames out of chunks as they arrive. @throws Error if what arrives is no frame. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next whole frame with its body as bytes, if it has arrived. */
  next(): { readonly header: unknown; readonly body: Buffer } | undefined {
    if (this.#length < prefixBytes) return undefined;
    const prefix = this.#gather(prefixBytes);
    const [headBytes, bodyBytes] = lengths(prefix);
    const total = prefixBytes + headBytes + bodyBytes;
    if (this.#length < total) return undefined;
    const all = this.#gather(total);
    this.#chunks = all.length > total ? [all.subarray(total)] : [];
    this.#length -= total;
    return {
      header: JSON.parse(all.toString('utf8', prefixBytes, prefixBytes + headBytes)),
      body: all.subarray(prefixBytes + headBytes, total),
    };
  }

  /** Joins chunks only as far as needed: a frame of many chunks is not copied for each of them. */
  #gather(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

function lengths(prefix: Buffer): readonly [number, number] {
  const parts = [prefix.readUInt32LE(0), prefix.readUInt32LE(4)] as const;
  if (parts.some((part) => part > partBytesMax)) throw new Error('a message has no sensible length');
  return parts;
}

/** Waits for the next frame on standard input; undefined when the other side is gone. */
export function readFrame(): { readonly header: unknown; readonly body: Buffer } | undefined {
  const prefix = readExactly(prefixBytes);
  if (prefix === undefined) return undefined;
  const [headBytes, bodyBytes] = lengths(prefix);
  const head = readExactly(headBytes);
  const body = readExactly(bodyBytes);
  if (head === undefined || body === undefined) return undefined;
  return { header: JSON.parse(head.toString()), body };
}

/** Writes a frame to standard output before it returns, so that what was said survives a crash just after. */
export function writeFrame(header: unknown, body?: string | Uint8Array): void {
  const bytes = encodeFrame(header, body);
  for (let written = 0; written < bytes.length; ) written += writeSync(1, bytes, written);
}

function readExactly(length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const more = readSync(0, bytes, read, length - read, null);
    if (more === 0) return undefined;
    read += more;
  }
  return bytes;
}
