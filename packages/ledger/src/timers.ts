/** Time, passed in so that a test decides when it passes. */
export interface Timers {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Runs once after the delay; the returned function cancels that. */
  start(run: () => void, delayMs: number): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  start(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
