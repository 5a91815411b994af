import { VerificationError, type VerificationErrorCode } from '@pawprint/verifier';

/**
 * - `storage`, `journal`: the object store or the database failed; the ledger tries again by itself.
 * - `conflict`: another sequencer has published to the same journal.
 * - `tree_mismatch`: stored objects are not the tree that was signed.
 * - `store_ahead`: the store holds a later checkpoint than the journal, as after restoring an older database.
 * - `wrong_key`: a checkpoint is signed by another key, or for another origin.
 * - `missing_object`, `corrupt_object`: an object of the log is gone or can't be parsed.
 * - `invalid_entry`: the journal gave an entry that is too long or out of order.
 * - `out_of_range`: entries were asked for that are not published.
 * - `removed`: entries were asked for that were removed when their time was over.
 * - `invalid_key`: the name of an object is not one of a log.
 * - `signing_key`: the key file can't be read, written or is there already.
 * - `listener`: a subscriber threw.
 * - `closed`: the ledger was closed meanwhile.
 * - `internal`: a mistake of this package.
 */
export type LedgerErrorCode =
  | 'storage'
  | 'journal'
  | 'conflict'
  | 'tree_mismatch'
  | 'store_ahead'
  | 'wrong_key'
  | 'missing_object'
  | 'corrupt_object'
  | 'invalid_entry'
  | 'out_of_range'
  | 'removed'
  | 'invalid_key'
  | 'signing_key'
  | 'listener'
  | 'closed'
  | 'internal';

/** What this package throws. The message is fit for the public; `cause` keeps the original, with its errno code. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Runs `check` and turns what the verifier finds into a LedgerError about `what`. */
export async function withLedgerErrors<T>(what: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new LedgerError(ledgerCode(cause.code), `${what} does not verify: ${cause.message}`, { cause });
  }
}

function ledgerCode(code: VerificationErrorCode): LedgerErrorCode {
  switch (code) {
    case 'missing_object':
      return 'missing_object';
    case 'unknown_key':
    case 'bad_signature':
    case 'wrong_origin':
      return 'wrong_key';
    default:
      return 'corrupt_object';
  }
}
