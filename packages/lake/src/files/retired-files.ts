/** A reader's stay: the files it may be reading are kept until `end`. */
export interface ReadLease {
  end(): void;
}

/**
 * Keeps files that are no longer live until nobody can be reading them.
 *
 * A reader takes its lease before it looks up which files are live, so a file retired later waits for it.
 */
export function createRetiredFiles(remove: (path: string) => void): {
  read(): ReadLease;
  retire(paths: readonly string[]): void;
} {
  const readers = new Set<ReadLease>();
  const waiting = new Map<readonly string[], Set<ReadLease>>();

  const settle = (): void => {
    for (const [paths, leases] of waiting) {
      if (leases.size > 0) continue;
      waiting.delete(paths);
      paths.forEach(remove);
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
      waiting.set(paths, new Set(readers));
      settle();
    },
  };
}
