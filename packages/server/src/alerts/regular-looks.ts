/** Looks for what is due, one look at a time. */
export interface RegularLooks {
  /** The looks under way. */
  readonly underWay: Promise<void> | undefined;
  /** Begins to look every second. */
  start(): void;
  /** Looks now; when one is under way, again afterwards. */
  now(): void;
  /** The same, once they have begun. */
  wake(): void;
  /** Begins none any more. */
  end(): void;
}

const intervalMs = 1_000;

/** @param onFailure told of a look that failed. The next one tries again. */
export function regularLooks(look: () => Promise<void>, onFailure: (error: unknown) => void): RegularLooks {
  let underWay: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  let ended = false;

  function now(): void {
    again = true;
    if (ended) return;
    underWay ??= (async () => {
      while (again && !ended) {
        again = false;
        await look().catch(onFailure);
      }
    })().finally(() => {
      underWay = undefined;
      // Woken between the last look and here.
      if (again) now();
    });
  }

  return {
    get underWay() {
      return underWay;
    },
    start() {
      timer = setInterval(now, intervalMs).unref();
      now();
    },
    now,
    wake() {
      if (timer !== undefined) now();
    },
    end() {
      clearInterval(timer);
      ended = true;
    },
  };
}
