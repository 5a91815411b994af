import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AskDiskSpace, askDiskSpace } from './disk-space.ts';

/**
 * Room kept back on the data directory's disk. A full disk must not end in half-written state: changes are refused
 * while there is still room for the records of reads and of the refusals themselves.
 */
export interface Capacity {
  /** Whether changes are accepted. */
  readonly hasRoom: boolean;
  /** Looks at the disk now: while it is nearly full, changes stop and the reserve is given back to it. */
  check(): Promise<void>;
  stop(): void;
}

/** A `Capacity` that tells of its changes. */
export interface WatchedCapacity extends Capacity {
  /** Calls now, when changes stop (false), and when they are accepted again (true). */
  follow(listener: (hasRoom: boolean) => void): void;
}

export interface CapacityOptions {
  /** The size of the reserve; changes stop below this much free room besides it. */
  readonly reserveBytes?: number;
  readonly checkIntervalMs?: number;
  readonly ask?: AskDiskSpace;
}

/** Watches the disk of `directory`. Restores the reserve, and accepts changes again, when there is room for both. */
export async function watchCapacity(
  directory: string,
  { reserveBytes = 32 * 1024 * 1024, checkIntervalMs = 1_000, ask = askDiskSpace }: CapacityOptions = {},
): Promise<WatchedCapacity> {
  const listeners: ((hasRoom: boolean) => void)[] = [];
  const reserveFile = join(directory, 'reserve');
  let hasRoom = true;
  let reserved = false;

  function accept(room: boolean): void {
    if (room === hasRoom) return;
    hasRoom = room;
    for (const listener of listeners) listener(room);
  }

  async function release(): Promise<void> {
    reserved = false;
    await rm(reserveFile, { force: true }).catch(() => {
      // On a read-only disk the reserve can't be freed, and freeing it would not help.
    });
  }

  async function look(): Promise<void> {
    const { freeBytes: free } = await ask(directory);
    if (reserved && free < reserveBytes) {
      await release();
      accept(false);
    } else if (!reserved && free >= 2 * reserveBytes) {
      reserved = await writeReserve(reserveFile, reserveBytes);
      accept(reserved);
    } else if (!reserved) {
      accept(false);
    }
  }

  let looking: Promise<void> | undefined;
  function check(): Promise<void> {
    looking ??= look()
      // A disk that can't even be asked takes no changes.
      .catch(() => accept(false))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  await release();
  await check();
  const timer = setInterval(check, checkIntervalMs);
  timer.unref();
  return {
    get hasRoom() {
      return hasRoom;
    },
    check,
    follow(listener) {
      listeners.push(listener);
      listener(hasRoom);
    },
    stop: () => clearInterval(timer),
  };
}

/** Real blocks, not a hole: a sparse file keeps nothing back. @returns false when the disk refuses. */
async function writeReserve(file: string, bytes: number): Promise<boolean> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      const chunk = Buffer.alloc(1024 * 1024);
      for (let written = 0; written < bytes; written += chunk.length) await handle.write(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch {
    await rm(file, { force: true }).catch(() => {});
    return false;
  }
}
