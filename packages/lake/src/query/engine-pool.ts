import { LakeError } from '../lake-error.ts';

/** A fixed number of engines lent to one query at a time; further queries wait in the order they came. */
export interface EnginePool<Engine> {
  /**
   * Runs `work` with an engine when one is free.
   * @throws LakeError `queue_full`; the reason of `signal` when it is aborted while waiting.
   */
  lend<Result>(signal: AbortSignal, work: (engine: Engine) => Promise<Result>): Promise<Result>;
}

export function createEnginePool<Engine>(engines: readonly Engine[], waitingMax: number): EnginePool<Engine> {
  // The engine used last is lent first, so that the others can fall idle and end.
  const free = [...engines];
  const waiting = new Set<(engine: Engine) => void>();

  const take = async (signal: AbortSignal): Promise<Engine> => {
    signal.throwIfAborted();
    const engine = free.pop();
    if (engine !== undefined) return engine;
    if (waiting.size >= waitingMax)
      throw new LakeError('queue_full', 'too many queries are waiting; try again later');
    const { promise, resolve, reject } = Promise.withResolvers<Engine>();
    const abandon = (): void => reject(signal.reason);
    waiting.add(resolve);
    signal.addEventListener('abort', abandon);
    return promise.finally(() => {
      waiting.delete(resolve);
      signal.removeEventListener('abort', abandon);
    });
  };
  const giveBack = (engine: Engine): void => {
    const [next] = waiting;
    if (next === undefined) {
      free.push(engine);
      return;
    }
    // At once, lest an abort between here and its turn loses the engine.
    waiting.delete(next);
    next(engine);
  };
  return {
    async lend(signal, work) {
      const engine = await take(signal);
      try {
        return await work(engine);
      } finally {
        giveBack(engine);
      }
    },
  };
}
