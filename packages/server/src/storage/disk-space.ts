import { stat, statfs } from 'node:fs/promises';
import type { SystemErrors } from '../system-errors/system-errors.ts';

/** The room on the disk that holds a directory. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Asks for the room on a directory's disk. */
export type AskDiskSpace = (directory: string) => Promise<DiskSpace>;

export const askDiskSpace: AskDiskSpace = async (directory) => {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
};

/** It is warned below this share of the disk, but on a large one not before so many bytes are left. */
const thresholds = [
  { share: 0.2, gibibytesMax: 20 },
  { share: 0.1, gibibytesMax: 10 },
  { share: 0.05, gibibytesMax: 5 },
];
/** It is over only with some more room, as a record of it takes some, too. */
const recoveredAt = 1.1;
const checkIntervalMs = 10_000;
const gibibyte = 2 ** 30;

/** A directory whose disk is watched. */
export interface WatchedPlace {
  /** Such as "the data directory". */
  readonly name: string;
  readonly directory: string;
}

/** Makes a system error of each threshold that the free room falls below. A place on the disk of one before it is left out. */
export function watchDiskSpace(
  places: readonly WatchedPlace[],
  ask: AskDiskSpace,
  systemErrors: Pick<SystemErrors, 'report' | 'resolve'>,
): { check(): Promise<void>; stop(): void } {
  async function check(): Promise<void> {
    const devices = new Set<number>();
    for (const place of places) {
      try {
        const { dev } = await stat(place.directory);
        if (devices.has(dev)) continue;
        devices.add(dev);
        compare(place, await ask(place.directory));
      } catch {
        // Whoever works in it finds out too, and says so.
      }
    }
  }

  function compare({ name }: WatchedPlace, { freeBytes, totalBytes }: DiskSpace): void {
    for (const { share, gibibytesMax } of thresholds) {
      const threshold = Math.min(share * totalBytes, gibibytesMax * gibibyte);
      const subject = { kind: 'disk_space', subject: `${name}, ${share * 100} %` } as const;
      if (freeBytes < threshold) {
        systemErrors.report(
          subject,
          `The disk of ${name} fills up: ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free, less than ${formatBytes(threshold)}`,
        );
      } else if (freeBytes >= recoveredAt * threshold) {
        systemErrors.resolve(subject);
      }
    }
  }

  const timer = setInterval(check, checkIntervalMs);
  timer.unref();
  return { check, stop: () => clearInterval(timer) };
}

/** Bytes for people, such as "1.5 GiB". */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
