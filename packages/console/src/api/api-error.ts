/** Why the server refused, in the words of the API: the code decides what the console does next. */
export type ApiErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'INTERNAL'
  /** No answer at all: the network or the instance is down. */
  | 'UNREACHABLE';

/** The one error the console shows: `message` is meant for people; `field` names the offending input, if one. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly field: string | undefined;
  /** HTTP status, 0 without an answer. */
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    details: { field?: string; status?: number; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    // The server names the field in front of what is wrong with it; people see the input's label instead.
    const prefix = `${details.field}: `;
    super(message.startsWith(prefix) ? sentence(message.slice(prefix.length)) : message, {
      cause: details.cause,
    });
    this.code = code;
    this.field = details.field;
    this.status = details.status ?? 0;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

const codeByStatus: Record<number, ApiErrorCode> = {
  400: 'INVALID_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  410: 'NOT_FOUND',
  422: 'INVALID_INPUT',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};

export function codeOfStatus(status: number): ApiErrorCode {
  return codeByStatus[status] ?? 'INTERNAL';
}

/**
 * Form messages by input name. A field path such as `input.email` or `input.permissions.2` belongs to the first
 * of its parts that the form has; anything else is the form's own error, under the empty name.
 */
export function formErrors(error: unknown, inputNames: readonly string[]): Record<string, string> {
  if (error === null || error === undefined) return {};
  const message = error instanceof Error ? error.message : String(error);
  const parts = error instanceof ApiError ? (error.field?.split('.') ?? []) : [];
  return { [parts.find((part) => inputNames.includes(part)) ?? '']: message };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
