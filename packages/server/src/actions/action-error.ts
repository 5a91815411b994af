import { Personal } from '@pawprint/record';
import { StoreError } from '../store/store.ts';

/** Why an action was refused or failed, as clients see it in `extensions.code` and problem details. */
export type ActionErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

export interface ActionErrorDetail {
  /** The input's field at fault, as a path such as `input.email`. */
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** One message per part, where an action on many things failed for all of them. */
  readonly parts?: readonly Message[] | undefined;
  /** Whose data the message tells, such as `USER:<id>`; null for a person it isn't known who. */
  readonly about?: string | null | undefined;
  /** What else clients are told, such as the problems of each file of an archive. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** A message for the record, perhaps one that identifies a person. */
export type Message = string | Personal;

/** An expected failure. The message is for the caller and goes into the record. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  readonly code: ActionErrorCode;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly parts: readonly Message[] | undefined;
  readonly about: string | null | undefined;
  readonly members: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ActionErrorCode, message: string, detail: ActionErrorDetail = {}) {
    super(message, { cause: detail.cause });
    this.code = code;
    this.field = detail.field;
    this.retryAfterSeconds = detail.retryAfterSeconds;
    this.parts = detail.parts;
    this.about = detail.about;
    this.members = detail.members;
  }

  /** The message as a record takes it. */
  get recorded(): Message {
    return this.about === undefined ? this.message : new Personal(this.about ?? undefined, this.message);
  }
}

/** Anything thrown, as an ActionError: the store's refusals are UNAVAILABLE, the unexpected is INTERNAL with `reference`. */
export function asActionError(error: unknown, reference: string): ActionError {
  if (error instanceof ActionError) return error;
  if (error instanceof StoreError) {
    const consequence =
      error.code === 'outcome_unknown' ? 'look whether it was done before you try again' : 'nothing was done';
    return new ActionError('UNAVAILABLE', `${error.message}; ${consequence}`, {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
  return new ActionError('INTERNAL', `Something went wrong in the instance (reference ${reference})`, {
    cause: error,
  });
}
