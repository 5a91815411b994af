import type { FastifyRequest } from 'fastify';
import { ActionError } from '../actions/action-error.ts';
import { rejectRequest } from '../actions/api-request/reject-request.ts';
import type { ActionRunner } from '../actions/run-action.ts';
import type { AnonymousLimit } from './anonymous-limit.ts';
import { pathOf } from './audited-request.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** Puts requests on record that end before any action runs, and keeps strangers from filling the record. */
export class RefusalRecord {
  readonly #runner: ActionRunner;
  readonly #limit: AnonymousLimit;
  readonly #sha256: (bytes: Uint8Array) => string;

  constructor(runner: ActionRunner, limit: AnonymousLimit, sha256: (bytes: Uint8Array) => string) {
    this.#runner = runner;
    this.#limit = limit;
    this.#sha256 = sha256;
  }

  /**
   * Records a refusal under the action of its route, or as REJECT_API_REQUEST where that has none.
   * @throws ActionError RATE_LIMITED when a stranger's network has no room in the record; UNAVAILABLE when nothing can
   *   be recorded.
   */
  async refuse(
    request: FastifyRequest,
    { failure, detail }: Pick<RequestRefusal, 'failure' | 'detail'>,
  ): Promise<void> {
    const { caller, origin } = request;
    const { action, description } = request.routeOptions.config ?? {};
    const dynamic = action === undefined ? this.#requestParams(request) : routeParams(request);
    await this.#runner.refuse(
      action ?? rejectRequest,
      {
        caller,
        origin,
        description: description ?? 'Refuses a request that names no action',
        input: undefined,
        params: { dynamic, static: {} },
        details: this.admit(request),
      },
      failure,
      detail.actor,
    );
  }

  /**
   * Takes the room for the record of a stranger's request.
   * @returns what that record has to add: how many went unrecorded before it.
   * @throws ActionError RATE_LIMITED
   */
  admit({ caller, origin }: FastifyRequest): { readonly unrecordedRefusals: number } | undefined {
    if (caller.kind !== 'anonymous') return undefined;
    const admission = this.#limit.take(origin.sourceIP);
    if (admission.kind === 'over') {
      const { retryAfterSeconds } = admission;
      throw new ActionError(
        'RATE_LIMITED',
        `Too many refused requests; try again in ${retryAfterSeconds} s`,
        {
          retryAfterSeconds,
        },
      );
    }
    const { unrecordedRefusals } = admission;
    return unrecordedRefusals === 0 ? undefined : { unrecordedRefusals };
  }

  /** An admitted request was not refused after all. */
  release({ caller, origin }: FastifyRequest): void {
    if (caller.kind === 'anonymous') this.#limit.giveBack(origin.sourceIP);
  }

  #requestParams(request: FastifyRequest): Record<string, unknown> {
    const { rawBody, method } = request;
    const announced = Number(request.headers['content-length']);
    return {
      method,
      path: pathOf(request),
      ...(rawBody !== undefined && { sha256: this.#sha256(rawBody), bytes: rawBody.length }),
      ...(rawBody === undefined && announced > 0 && { bytes: announced }),
    };
  }
}

/** What a route was asked for outside its body, which is not known where it is refused before. */
function routeParams({ params, query }: FastifyRequest): Record<string, unknown> {
  return { ...(params as object), ...(query as object) };
}
