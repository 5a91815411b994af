import { ApiError, type ApiErrorCode } from './api-error.ts';
import { postJson } from './http.ts';
import type { TypedDocumentString } from './operations.ts';

type GraphQLAnswer<T> = {
  readonly data?: T | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: ApiErrorCode; readonly field?: string };
  }[];
};

/** Runs one typed operation; the first error of the answer becomes an ApiError with its code and field. */
export async function graphql<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const answer = await postJson<GraphQLAnswer<Result>>(
    '/internal/graphql',
    { query: document, variables },
    signal,
  );
  const error = answer.errors?.[0];
  if (error !== undefined) {
    const { code = 'INTERNAL', field } = error.extensions ?? {};
    throw new ApiError(code, error.message, { ...(field !== undefined && { field }), cause: answer.errors });
  }
  if (answer.data === undefined || answer.data === null) {
    throw new ApiError('INTERNAL', 'The instance answered without data.');
  }
  return answer.data;
}
