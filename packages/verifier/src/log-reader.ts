import { decodeEntryBundle } from './entry-bundle.ts';
import { decodeTile, entryBundlePath, tilePath, tileWidth } from './tile.ts';
import { VerificationError } from './verification-error.ts';

/** Where the objects of a log come from: a folder, a bucket, a web server. */
export interface LogReader {
  /** The bytes at a path of C2SP tlog-tiles such as `tile/0/000`, or undefined when there is nothing. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/**
 * The first `width` hashes of a tile, as a tree has them whose tile is that wide.
 * @throws {VerificationError} `missing_object`, `malformed_tile`
 */
export function readTile(
  reader: LogReader,
  level: number,
  index: number,
  width = tileWidth,
): Promise<Uint8Array[]> {
  return readFirst(reader, (tile) => tilePath(level, index, tile), width, decodeTile, 'malformed_tile');
}

/**
 * The first `width` entries of a bundle.
 * @throws {VerificationError} `missing_object`, `malformed_bundle`
 */
export function readEntryBundle(reader: LogReader, index: number, width = tileWidth): Promise<Uint8Array[]> {
  return readFirst(
    reader,
    (bundle) => entryBundlePath(index, bundle),
    width,
    decodeEntryBundle,
    'malformed_bundle',
  );
}

/** The entries where a bundle is due, and whether they are all that its path says. */
export interface FoundEntries {
  readonly entries: readonly Uint8Array[];
  readonly isWhole: boolean;
}

/**
 * The entries where a bundle is due, however many they are: for saying what is wrong with them.
 * @throws {VerificationError} `missing_object`, `malformed_bundle`
 */
export async function readFoundEntries(
  reader: LogReader,
  index: number,
  width: number,
): Promise<FoundEntries> {
  const pathOf = (bundle: number) => entryBundlePath(index, bundle);
  const { stored, parts } = await findParts(reader, pathOf, width, decodeEntryBundle, 'malformed_bundle');
  // Of a bundle that has become full meanwhile only the beginning was asked for.
  if (parts.length === stored) return { entries: parts.slice(0, width), isWhole: true };
  return { entries: parts, isWhole: false };
}

async function readFirst(
  reader: LogReader,
  pathOf: (width: number) => string,
  width: number,
  decode: (bytes: Uint8Array) => Uint8Array[],
  code: 'malformed_tile' | 'malformed_bundle',
): Promise<Uint8Array[]> {
  const { stored, parts } = await findParts(reader, pathOf, width, decode, code);
  if (parts.length === stored) return parts.slice(0, width);
  throw new VerificationError(code, `${pathOf(stored)} holds ${parts.length} instead of ${stored}`);
}

/** A log may delete a partial object once the full one exists, so the full one is the second place to look. */
async function findParts(
  reader: LogReader,
  pathOf: (width: number) => string,
  width: number,
  decode: (bytes: Uint8Array) => Uint8Array[],
  code: 'malformed_tile' | 'malformed_bundle',
): Promise<{ readonly stored: number; readonly parts: Uint8Array[] }> {
  for (const stored of new Set([width, tileWidth])) {
    const path = pathOf(stored);
    const bytes = await reader.read(path);
    if (bytes !== undefined) return { stored, parts: decodeAt(path, bytes, decode, code) };
  }
  throw new VerificationError('missing_object', `${pathOf(width)} is missing`);
}

function decodeAt(
  path: string,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Uint8Array[],
  code: 'malformed_tile' | 'malformed_bundle',
): Uint8Array[] {
  try {
    return decode(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new VerificationError(code, `${path} can't be read: ${why}`, { cause });
  }
}
