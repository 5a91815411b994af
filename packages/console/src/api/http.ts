import { ApiError, codeOfStatus } from './api-error.ts';

/** Proves that a request was made by the console's own script and not by a form on another site. */
const csrfHeader = { 'X-Pawprint-CSRF': '1' };

/** Sends JSON and returns the parsed answer; every failure is an ApiError. */
export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return await exchange<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...csrfHeader },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await exchange<T>(path, { ...(signal && { signal }) });
}

async function exchange<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { credentials: 'same-origin', ...init }).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new ApiError('UNREACHABLE', 'The instance does not answer. Check that it is running, then retry.', {
      cause,
    });
  });
  const body = await readJson(response);
  if (response.ok || hasGraphQLErrors(body)) return body as T;
  throw refusal(response, body);
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError(
      'INTERNAL',
      `The instance answered ${response.status} with something other than JSON.`,
      {
        status: response.status,
        cause,
      },
    );
  }
}

/** A GraphQL answer carries its own errors, whatever its status. */
function hasGraphQLErrors(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'errors' in body && Array.isArray(body.errors);
}

/** Problem details (RFC 9457), or the plainer `{message}` of the compatible routes. */
function refusal(response: Response, body: unknown): ApiError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as {
    detail?: string;
    title?: string;
    message?: string;
    field?: string;
    retryAfterSeconds?: number;
  };
  const retryAfterSeconds =
    problem.retryAfterSeconds ?? Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(
    codeOfStatus(response.status),
    problem.detail ?? problem.message ?? problem.title ?? `The instance answered ${response.status}.`,
    {
      status: response.status,
      ...(problem.field !== undefined && { field: problem.field }),
      ...(Number.isFinite(retryAfterSeconds) && { retryAfterSeconds }),
      cause: body,
    },
  );
}
