import { LedgerError } from '../ledger-error.ts';

/** @param action what could not be done to the object, as in "could not read tile/0/000" */
export function storageError(action: string, key: string, cause: unknown): LedgerError {
  const reason = reasonOf(cause);
  const why = reason === undefined ? '' : `: ${reason}`;
  return new LedgerError('storage', `the ledger's storage could not ${action} ${key}${why}`, { cause });
}

export function invalidKey(key: string): LedgerError {
  return new LedgerError('invalid_key', `${JSON.stringify(key.slice(0, 100))} can't be the key of an object`);
}

/** The system's code of an error, such as `ENOSPC`, or the name that an S3 server gave it, such as `AccessDenied`. */
function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && cause.code !== undefined) return String(cause.code);
  return cause.name === 'Error' ? undefined : cause.name;
}

/** Whether this is an error that an S3 server gave one of these names. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
