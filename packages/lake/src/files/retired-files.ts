/** A reader's stay: the files it may be reading are kept until `end`. */
export interface ReadLease {
  end(): void;
}

/**
 * Keeps files that are no longer live until nobody can be reading them.
 *
 * A reader takes its lease before it looks up which files are live, so a file retired later waits for it.
 */
export function createRetiredFiles(remove: (path: string) => unknown): {
  read(): ReadLease;
  /** Resolves once they are removed. */
  retire(paths: readonly string[]): Promise<void>;
} {
  const readers = new Set<ReadLease>();
  /** What to do once the last of its readers is gone. */
  const waiting = new Map<() => void, Set<ReadLease>>();

  const removeAll = async (paths: readonly string[]): Promise<void> => {
    await Promise.all(paths.map(remove));
  };
  const settle = (): void => {
    for (const [release, leases] of waiting) {
      if (leases.size > 0) continue;
      waiting.delete(release);
      release();
    }
  };
  return {
    read() {
      const lease: ReadLease = {
        end() {
          readers.delete(lease);
          for (const leases of waiting.values()) leases.delete(lease);
          settle();
        },
      };
      readers.add(lease);
      return lease;
    },
    retire(paths) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(() => resolve(removeAll(paths)), new Set(readers));
      settle();
      return promise;
    },
  };
}
