import { generateKeyPairSync, hash, sign } from 'node:crypto';
import {
  createTreeHasher,
  createVerifierKey,
  encodeTile,
  formatAddCheckpoint,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  parseTilePath,
  readConsistencyProof,
  type Sha256,
  tileWidth,
  treeRoot,
} from '@pawprint/verifier';

export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
const hasher = createTreeHasher(sha256);

/** Another log, in memory, that has its checkpoints cosigned. */
export interface TestLog {
  readonly origin: string;
  readonly vkey: string;
  /** The signed note of its first entries. */
  checkpoint(size: number): string;
  /** The body of a request to a witness that cosigned the first `oldSize` entries. */
  request(oldSize: number, size: number): Promise<string>;
  /** A log with this one's key and name that has other entries from `from` on. */
  fork(from: number, others?: string): TestLog;
}

export function createTestLog(origin: string): TestLog {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey(origin, raw, sha256);

  function log(first: readonly string[], others: string): TestLog {
    const entry = (index: number) => first[index] ?? `${others} ${index}`;
    const leaves = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => hasher.leaf(Buffer.from(entry(from + at))));
    const reader = {
      async read(path: string) {
        const tile = parseTilePath(path);
        if (typeof tile?.level !== 'number') return undefined;
        const span = tileWidth ** tile.level;
        const first = tile.index * tileWidth;
        return encodeTile(
          Array.from({ length: tile.width }, (_, at) =>
            treeRoot(hasher, leaves((first + at) * span, (first + at + 1) * span)),
          ),
        );
      },
    };
    const checkpoint = (size: number) => {
      const text = formatCheckpoint({ origin, size, rootHash: treeRoot(hasher, leaves(0, size)) });
      const signature = sign(null, Buffer.from(text), privateKey);
      return formatNote({ text, signatures: [{ name: origin, keyId: key.keyId, signature }] });
    };
    return {
      origin,
      vkey: formatVerifierKey(key),
      checkpoint,
      async request(oldSize, size) {
        const hashes = oldSize > size ? [] : await readConsistencyProof(reader, hasher, oldSize, size);
        return formatAddCheckpoint({ oldSize, hashes, note: checkpoint(size) });
      },
      fork: (from, forked = 'other') =>
        log(
          Array.from({ length: from }, (_, index) => entry(index)),
          forked,
        ),
    };
  }

  return log([], 'entry');
}
