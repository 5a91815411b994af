import { type FollowerWatch, type Following, repeatSteps } from './steps.ts';

/** What a follower needs of the ledger. */
export interface EntrySource {
  readonly size: number;
  /** Entries before this index were removed. */
  readonly firstIndex: number;
  read(from: number, to: number): Promise<readonly Uint8Array[]>;
  /** Calls back after each publication; returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** Takes the ledger's entries in order, at its own pace, from where it durably was. */
export interface Follower {
  readonly name: string;
  /** As many entries are handled at once; 2,000 unless said otherwise. */
  readonly batchMax?: number;
  /** The first index not handled yet; undefined while the follower takes none. */
  position(): Promise<number | undefined>;
  /**
   * Handles the entries (encoded) from index `from` on, and moves the position, both or neither. `from` is past the position
   * where the entries between were removed.
   */
  handle(from: number, entries: readonly Uint8Array[]): Promise<void>;
}

const batchMaxDefault = 2_000;

/** A batch of large entries is smaller, so that memory stays bounded: at most this and what is read at once. */
const batchBytesMax = 67_108_864;
const readAtOnce = 1_024;

/** Runs `follower` behind `source`. A failure is reported and tried again, with growing delays; nothing is skipped. */
export function follow(source: EntrySource, follower: Follower, watch: FollowerWatch): Following {
  async function handleNext(): Promise<boolean> {
    const position = await follower.position();
    if (position === undefined || position >= source.size) return false;
    const from = Math.max(position, source.firstIndex);
    const { batchMax = batchMaxDefault } = follower;
    await follower.handle(from, await readBatch(source, from, Math.min(from + batchMax, source.size)));
    return true;
  }

  const following = repeatSteps(follower.name, handleNext, watch);
  const unsubscribe = source.subscribe(following.wake);
  return {
    ...following,
    stop() {
      unsubscribe();
      return following.stop();
    },
  };
}

async function readBatch(source: EntrySource, from: number, to: number): Promise<readonly Uint8Array[]> {
  const entries: Uint8Array[] = [];
  let bytes = 0;
  for (let next = from; next < to && bytes < batchBytesMax; next += readAtOnce) {
    const end = Math.min(next + readAtOnce, to);
    const read = await source.read(next, end);
    for (const entry of read) bytes += entry.length;
    entries.push(...read);
    // A source that gives less has reasons to.
    if (read.length < end - next) break;
  }
  return entries;
}
