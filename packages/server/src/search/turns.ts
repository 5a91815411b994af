import { ActionError } from '../actions/action-error.ts';

/** Lets a number of pieces of work run at once; the others wait for their turn, in their order. */
export class Turns {
  readonly #waitingMax: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number, waitingMax: number) {
    this.#free = atOnce;
    this.#waitingMax = waitingMax;
  }

  /** @throws ActionError RATE_LIMITED where too many wait. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else {
      if (this.#waiting.length >= this.#waitingMax) {
        throw new ActionError('RATE_LIMITED', 'Too many searches are waiting; try again in a moment', {
          retryAfterSeconds: 5,
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
