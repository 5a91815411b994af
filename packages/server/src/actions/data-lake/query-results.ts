import { LakeError, type LakeErrorCode } from '@pawprint/lake';
import { type QueryResults, type QueryRunner, withOrigin } from '../../lake/query-runner.ts';
import { ActionError, type ActionErrorCode } from '../action-error.ts';
import type { CallerLimits } from './caller-limits.ts';

/** @throws ActionError CONFLICT for a query that has no results, or none any more. */
export async function requireResults(
  queries: QueryRunner,
  id: string,
  page: { readonly offset: number; readonly pageSize: number },
): Promise<QueryResults> {
  const results = await queries.results(id, page);
  if (results === undefined)
    throw new ActionError('CONFLICT', `The query ${id} has no results`, { field: 'id' });
  return results;
}

const codes: { readonly [Code in LakeErrorCode]?: ActionErrorCode } = {
  unknown_result: 'CONFLICT',
  unknown_column: 'INVALID_INPUT',
  queue_full: 'RATE_LIMITED',
  timed_out: 'UNAVAILABLE',
  out_of_memory: 'UNAVAILABLE',
  storage: 'UNAVAILABLE',
  closed: 'UNAVAILABLE',
};

/** Says why nothing could be made of a result, in the words of the lake. @throws ActionError, or what it is given. */
export function asResultFailure(failure: unknown, given: CallerLimits): never {
  const error = withOrigin(failure, given);
  const code = error instanceof LakeError ? codes[error.code] : undefined;
  if (code === undefined || !(error instanceof LakeError)) throw error;
  const [first = '', ...rest] = error.message;
  throw new ActionError(code, `${first.toUpperCase()}${rest.join('')}`, { cause: error });
}
