import {
  type CheckedContent,
  type CheckOptions,
  type ContentFile,
  checkContent,
  createEngine,
} from '@pawprint/detections';
import { ActionError } from '../actions/action-error.ts';

/** Reads, loads and tests content before anything of it is kept. */
export interface ContentChecker {
  /** @throws ActionError RATE_LIMITED while too many others wait. */
  check(files: readonly ContentFile[], options?: CheckOptions): Promise<CheckedContent>;
}

/** Checks that wait for the one under way. */
const waitingMax = 16;

/** A rule that takes longer for one event of its own tests would be stopped at work, too. */
const batchMs = 5_000;

/**
 * Each check has sandboxes of its own, so that code nobody has approved yet meets neither what is at work nor another's. One runs at a
 * time. Starting them takes 0.2 s for TypeScript and 0.4 s for Python.
 */
export function createContentChecker(snapshotDirectory: string): ContentChecker {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function check(files: readonly ContentFile[], options?: CheckOptions): Promise<CheckedContent> {
    const engine = createEngine({ snapshotDirectory, batchMs });
    try {
      return await checkContent(engine, files, options);
    } finally {
      await engine.close();
    }
  }

  return {
    async check(files, options) {
      if (waiting >= waitingMax) {
        throw new ActionError('RATE_LIMITED', 'Too many others check detections now; try again in a moment', {
          retryAfterSeconds: 5,
        });
      }
      waiting += 1;
      const done = last
        .then(() => check(files, options))
        .finally(() => {
          waiting -= 1;
        });
      last = done.catch(() => undefined);
      return done;
    },
  };
}
