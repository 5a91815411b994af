import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * The index of a data file: for each of its blocks of rows a set of marks, as a Bloom filter with one hash.
 *
 * All filters have the same number of bits, a power of two. A file holds the first bit of every block, then the second
 * bit of every block, and so on, so that asking all blocks for a mark reads one place. It consists of pages with
 * a CRC-32 behind each: what a disk changed is noticed and not believed.
 */
const magic = 0x31584950; // "PIX1"
const pageBytes = 4_092;
const headerNumbers = 4;
const blocksMax = pageBytes / 4 - headerNumbers;

/** Marks of blocks on their way into a file. */
export interface IndexContents {
  /** Where each block begins, in rows, and where the last one ends. */
  readonly starts: readonly number[];
  /** The filter of each block. */
  readonly filters: readonly Uint8Array[];
}

/** The bytes of an index file, or undefined where a file has more blocks than an index takes. */
export function encodeIndex({ starts, filters }: IndexContents): Uint8Array | undefined {
  const blocks = filters.length;
  if (starts.length > blocksMax) return undefined;
  const bits = (filters[0]?.length ?? 0) * 8;
  const header = new Uint32Array(pageBytes / 4);
  header.set([magic, blocks, bits, starts.length, ...starts]);
  const layout = layoutOf(blocks, bits);
  const pages = Array.from({ length: layout.pages }, () => new Uint8Array(pageBytes));
  for (const [block, filter] of filters.entries()) {
    for (let bit = 0; bit < bits; bit += 1) {
      if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue;
      const page = pages[Math.floor(bit / layout.rowsPerPage)];
      const at = (bit % layout.rowsPerPage) * blocks + block;
      if (page !== undefined) page[at >> 3] = (page[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  return Buffer.concat([new Uint8Array(header.buffer), ...pages].flatMap((page) => [page, checksum(page)]));
}

function layoutOf(blocks: number, bits: number): { rowsPerPage: number; pages: number } {
  const rowsPerPage = Math.floor((pageBytes * 8) / Math.max(blocks, 1));
  return { rowsPerPage, pages: Math.ceil(bits / rowsPerPage) };
}

function checksum(page: Uint8Array): Uint8Array {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(page));
  return sum;
}

/** An index that can be asked. */
export interface Index extends Disposable {
  /** As in `IndexContents`. */
  readonly starts: readonly number[];
  /** For each block whether it may hold the mark. @throws IndexError */
  blocksWith(mark: number): readonly boolean[];
}

/** The file is no index, is damaged or can't be read. */
export class IndexError extends Error {
  /** Whether reading it again would be of no use. */
  get isDamage(): boolean {
    return this.cause === undefined;
  }

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`the index ${path} ${why}`, options);
    this.name = 'IndexError';
  }
}

/** @throws IndexError */
export function openIndex(path: string): Index {
  const descriptor = opened(path);
  try {
    const readPage = (page: number): Buffer => checkedPage(path, descriptor, page);
    const header = readPage(0);
    const [first, blocks = 0, bits = 0, count = 0] = [0, 4, 8, 12].map((at) => header.readUInt32LE(at));
    const layout = layoutOf(blocks, bits);
    if (first !== magic || fstatSync(descriptor).size !== (layout.pages + 1) * (pageBytes + 4)) {
      throw new IndexError(path, 'is cut short or is none');
    }
    const starts = Array.from({ length: count }, (_, at) => header.readUInt32LE((headerNumbers + at) * 4));
    const findBlocks = (mark: number): readonly boolean[] => {
      const bit = bits === 0 ? 0 : mark % bits;
      const page = readPage(1 + Math.floor(bit / layout.rowsPerPage));
      const first = (bit % layout.rowsPerPage) * blocks;
      return Array.from({ length: blocks }, (_, block) => {
        const at = first + block;
        return ((page[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
      });
    };
    // Looking for one text in many columns asks for the same marks for each of them.
    const known = new Map<number, readonly boolean[]>();
    return {
      starts,
      blocksWith(mark) {
        const found = known.get(mark) ?? findBlocks(mark);
        known.set(mark, found);
        return found;
      },
      [Symbol.dispose]: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new IndexError(path, 'cannot be opened', { cause });
  }
}

function checkedPage(path: string, descriptor: number, page: number): Buffer {
  const buffer = Buffer.allocUnsafe(pageBytes + 4);
  const read = readSync(descriptor, buffer, 0, buffer.length, page * buffer.length);
  const contents = buffer.subarray(0, pageBytes);
  if (read !== buffer.length || crc32(contents) !== buffer.readUInt32LE(pageBytes)) {
    throw new IndexError(path, `is damaged in page ${page}`);
  }
  return contents;
}
