/** Told how a follower gets on. */
export interface FollowerWatch {
  /** @param times how often in a row by now. */
  failed(follower: string, error: unknown, times: number): void;
  works(follower: string): void;
}

export interface Following {
  /** Looks again now; for when a paused follower goes on. */
  wake(): void;
  /** Until everything there is by now has been handled (or the follower takes none). */
  settled(): Promise<void>;
  /** Until the batch under way, if there is one, is handled or has failed. */
  batchDone(): Promise<void>;
  /** Finishes the batch under way and stops. */
  stop(): Promise<void>;
}

const retryDelayMs = { first: 100, last: 5_000 };

/**
 * Runs `step` until it says that there is nothing to do, and again after each `wake`. A failure is reported and tried again,
 * with growing delays.
 * @param step does the next piece; whether there may be more to do at once.
 */
export function repeatSteps(name: string, step: () => Promise<boolean>, watch: FollowerWatch): Following {
  let stopped = false;
  let wake = Promise.withResolvers<void>();
  /** Those who wait are told once there is nothing to do, however often there is more meanwhile. */
  let idle = Promise.withResolvers<void>();
  let isIdle = false;
  let delayMs = retryDelayMs.first;
  let failures = 0;
  let underWay: Promise<unknown> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopped) {
      const woken = wake.promise;
      const worked = await tryStep();
      if (worked || woken !== wake.promise) continue;
      rest();
      await woken;
    }
    rest();
  }

  function rest(): void {
    isIdle = true;
    idle.resolve();
  }

  async function tryStep(): Promise<boolean> {
    try {
      const batch = step();
      underWay = batch;
      const mayBeMore = await batch;
      delayMs = retryDelayMs.first;
      failures = 0;
      watch.works(name);
      return mayBeMore;
    } catch (error) {
      failures += 1;
      watch.failed(name, error, failures);
      await Promise.race([stopping.promise, new Promise((resolve) => setTimeout(resolve, delayMs).unref())]);
      delayMs = Math.min(delayMs * 2, retryDelayMs.last);
      return true;
    }
  }

  function wakeUp(): void {
    wake.resolve();
    wake = Promise.withResolvers();
    if (!isIdle || stopped) return;
    isIdle = false;
    idle = Promise.withResolvers();
  }

  const stopping = Promise.withResolvers<void>();
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
      stopping.resolve();
      wakeUp();
      await running;
    },
  };
}
