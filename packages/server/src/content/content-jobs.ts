import { ActionError } from '../actions/action-error.ts';

/** Work on an uploaded archive that goes on after its sender was given a receipt. */
export interface ContentJob<Result> {
  readonly receiptId: string;
  readonly status: 'NOT_PROCESSED' | 'COMPLETED' | 'FAILED';
  /** Why it failed. */
  readonly error: ActionError | undefined;
  readonly result: Result | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface Kept<Result> extends ContentJob<Result> {
  readonly owner: string | null;
}

/** How many receipts are remembered. */
const receiptsMax = 1_000;

/**
 * The jobs of one kind, one at a time. They are in memory alone: what a job did is in the audit log, and one that a restart
 * interrupted did nothing, so its sender only has to send it again.
 */
export class ContentJobs<Result> {
  readonly #name: string;
  readonly #now: () => string;
  readonly #jobs = new Map<string, Kept<Result>>();
  #running: Promise<void> | undefined;

  /** @param name what the jobs are, such as `upload`; clients know the messages made with it. */
  constructor(name: string, now: () => string) {
    this.#name = name;
    this.#now = now;
  }

  /** @throws ActionError CONFLICT while another job runs. */
  requireIdle(): void {
    if (this.#running === undefined) return;
    throw new ActionError(
      'CONFLICT',
      `There is another ${this.#name} in progress: try again when it has ended`,
    );
  }

  /** @param owner who may ask how it went. @param work fails with an ActionError. */
  start(receiptId: string, owner: string | null, work: () => Promise<Result>): void {
    const createdAt = this.#now();
    const keep = (end: Pick<ContentJob<Result>, 'status' | 'error' | 'result'>) =>
      this.#jobs.set(receiptId, { receiptId, owner, createdAt, updatedAt: this.#now(), ...end });
    keep({ status: 'NOT_PROCESSED', error: undefined, result: undefined });
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > receiptsMax && oldest !== undefined) this.#jobs.delete(oldest);
    this.#running = work().then(
      (result) => void keep({ status: 'COMPLETED', error: undefined, result }),
      (error: ActionError) => void keep({ status: 'FAILED', error, result: undefined }),
    );
    void this.#running.finally(() => {
      this.#running = undefined;
    });
  }

  /** @throws ActionError NOT_FOUND for a receipt that is not known, or another's. */
  job(receiptId: string, owner: string | null): ContentJob<Result> {
    const job = this.#jobs.get(receiptId);
    if (job !== undefined && job.owner === owner) return job;
    throw new ActionError(
      'NOT_FOUND',
      `This ${this.#name} does not exist: there is no receipt ${receiptId}`,
      {
        field: 'receiptId',
      },
    );
  }

  /** Until the job under way has ended. */
  async settled(): Promise<void> {
    await this.#running;
  }
}
