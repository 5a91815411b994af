import { tileWidth } from './tile.ts';
import { VerificationError } from './verification-error.ts';

/** The longest entry whose length fits the prefix. */
export const entryBytesMax = 0xffff;

const prefixBytes = 2;

/**
 * Each entry after its length as a big-endian uint16 (C2SP tlog-tiles, Log entries).
 * @throws {VerificationError} `malformed_bundle` for no entry, more than 256, or one that is too long
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  checkWidth(entries.length);
  const bundle = new Uint8Array(entries.reduce((length, entry) => length + prefixBytes + entry.length, 0));
  const view = new DataView(bundle.buffer);
  let offset = 0;
  for (const entry of entries) {
    if (entry.length > entryBytesMax) {
      throw malformed(`an entry of ${entry.length} bytes is longer than ${entryBytesMax}`);
    }
    view.setUint16(offset, entry.length);
    bundle.set(entry, offset + prefixBytes);
    offset += prefixBytes + entry.length;
  }
  return bundle;
}

/**
 * The entries of a bundle, as views into it.
 * @throws {VerificationError} `malformed_bundle`
 */
export function decodeEntryBundle(bundle: Uint8Array): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Uint8Array[] = [];
  for (let offset = 0; offset < bundle.length; ) {
    const start = offset + prefixBytes;
    const end = start > bundle.length ? Number.POSITIVE_INFINITY : start + view.getUint16(offset);
    if (end > bundle.length) throw malformed(`the bundle ends inside its entry number ${entries.length}`);
    entries.push(bundle.subarray(start, end));
    offset = end;
  }
  checkWidth(entries.length);
  return entries;
}

function checkWidth(width: number): void {
  if (width < 1 || width > tileWidth) throw malformed(`a bundle can't hold ${width} entries`);
}

function malformed(message: string): VerificationError {
  return new VerificationError('malformed_bundle', message);
}
