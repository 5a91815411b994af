import type { Actor } from '@pawprint/record';
import { ActionError, type ActionErrorCode, type ActionErrorDetail } from '../actions/action-error.ts';

interface RefusalDetail extends ActionErrorDetail {
  /** The HTTP status, where the code's own is not exact enough. */
  readonly status?: number | undefined;
  /** Who it was, where that is known of a caller who may not act. */
  readonly actor?: Actor | undefined;
  /** Further members of the answer. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A request that ends before any action runs. Thrown from a hook or a route, it goes on record before it is answered;
 * its message therefore quotes nothing that was sent.
 */
export class RequestRefusal extends Error {
  override readonly name = 'RequestRefusal';
  readonly failure: ActionError;
  readonly detail: RefusalDetail;

  constructor(code: ActionErrorCode, message: string, detail: RefusalDetail = {}) {
    super(message, { cause: detail.cause });
    this.failure = new ActionError(code, message, detail);
    this.detail = detail;
  }
}
