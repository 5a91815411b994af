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

export interface Following {
  /** Looks again now; for when a paused follower goes on. */
  wake(): void;
  /** Until everything published by now has been handled (or the follower takes none). */
  settled(): Promise<void>;
  /** Until the batch under way, if there is one, is handled or has failed. */
  batchDone(): Promise<void>;
  /** Finishes the batch under way and stops. */
  stop(): Promise<void>;
}

const batchMaxDefault = 2_000;
const retryDelayMs = { first: 100, last: 5_000 };

/** Told how a follower gets on. */
export interface FollowerWatch {
  /** @param times how often in a row by now. */
  failed(follower: string, error: unknown, times: number): void;
  works(follower: string): void;
}

/** Runs `follower` behind `source`. A failure is reported and tried again, with growing delays; nothing is skipped. */
export function follow(source: EntrySource, follower: Follower, watch: FollowerWatch): Following {
  let stopped = false;
  let wake = Promise.withResolvers<void>();
  let idle = Promise.withResolvers<void>();
  let delayMs = retryDelayMs.first;
  let failures = 0;
  let underWay: Promise<unknown> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopped) {
      const woken = wake.promise;
      const worked = await step();
      if (worked || woken !== wake.promise) continue;
      idle.resolve();
      await woken;
    }
    idle.resolve();
  }

  /** @returns whether there may be more to do at once. */
  async function step(): Promise<boolean> {
    try {
      const batch = handleNext();
      underWay = batch;
      const mayBeMore = await batch;
      delayMs = retryDelayMs.first;
      failures = 0;
      watch.works(follower.name);
      return mayBeMore;
    } catch (error) {
      failures += 1;
      watch.failed(follower.name, error, failures);
      await Promise.race([stopping.promise, new Promise((resolve) => setTimeout(resolve, delayMs).unref())]);
      delayMs = Math.min(delayMs * 2, retryDelayMs.last);
      return true;
    }
  }

  async function handleNext(): Promise<boolean> {
    const position = await follower.position();
    if (position === undefined || position >= source.size) return false;
    const from = Math.max(position, source.firstIndex);
    const { batchMax = batchMaxDefault } = follower;
    await follower.handle(from, await source.read(from, Math.min(from + batchMax, source.size)));
    return true;
  }

  function wakeUp(): void {
    wake.resolve();
    wake = Promise.withResolvers();
    idle = Promise.withResolvers();
  }

  const stopping = Promise.withResolvers<void>();
  const unsubscribe = source.subscribe(wakeUp);
  const running = run();
  return {
    wake: wakeUp,
    async settled() {
      wakeUp();
      await idle.promise;
    },
    async batchDone() {
      await underWay.catch(() => undefined);
    },
    async stop() {
      stopped = true;
      unsubscribe();
      stopping.resolve();
      wakeUp();
      await running;
    },
  };
}
