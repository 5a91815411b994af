/** What time it is, for whoever is not content with the system's. */
export interface Clock {
  /** Now, in nanoseconds since 1970-01-01T00:00:00Z. */
  epochNanoseconds(): bigint;
  /** Milliseconds from any start, never going back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  epochNanoseconds: () => Temporal.Now.instant().epochNanoseconds,
  monotonicMs: () => performance.now(),
};

/** Steps up to this are no jump: what keeps a clock right makes small ones, and the order is the ledger's in any case. */
const stepMsMax = 2_000;
const lookIntervalMs = 5_000;

/** A clock that says when it jumps. Its time is the clock's all the same: a record is never given another. */
export interface WatchedClock extends Clock {
  stop(): void;
}

/**
 * Watches a clock against one that never goes back, and against the newest time that a record has.
 * @param newest the time of the last record before this start, if there is one; nanoseconds.
 * @param onJump told once of each jump, in words.
 */
export function watchClock(
  clock: Clock,
  newest: bigint | undefined,
  onJump: (message: string) => void,
): WatchedClock {
  let wall = clock.epochNanoseconds();
  let monotonicMs = clock.monotonicMs();
  let highest = newest ?? wall;

  function look(): bigint {
    const now = clock.epochNanoseconds();
    const nowMonotonicMs = clock.monotonicMs();
    const due = wall + nanoseconds(nowMonotonicMs - monotonicMs);
    wall = now;
    monotonicMs = nowMonotonicMs;
    const from = isJump(due, now) ? due : highest;
    if (isJump(due, now) || now < highest - nanoseconds(stepMsMax)) {
      highest = now;
      onJump(describeJump(from, now));
    } else if (now > highest) {
      highest = now;
    }
    return now;
  }

  look();
  const timer = setInterval(look, lookIntervalMs);
  timer.unref();
  return { epochNanoseconds: look, monotonicMs: clock.monotonicMs, stop: () => clearInterval(timer) };
}

function isJump(due: bigint, now: bigint): boolean {
  const step = now - due;
  return (step < 0n ? -step : step) > nanoseconds(stepMsMax);
}

function describeJump(from: bigint, to: bigint): string {
  const seconds = Number(to - from) / 1e9;
  const way = seconds < 0 ? 'went back' : 'jumped ahead, or the machine slept,';
  return `The clock ${way} by ${Math.abs(seconds).toFixed(1)} s: from ${iso(from)} to ${iso(to)}. Records have the time it showed; their order is the ledger's`;
}

function iso(epochNanoseconds: bigint): string {
  return new Date(Number(epochNanoseconds / 1_000_000n)).toISOString();
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1e6));
}
