/** What was found wrong. `malformed_*` are bytes that do not parse; the others are claims that do not hold. */
export type VerificationErrorCode =
  | 'malformed_bundle'
  | 'malformed_checkpoint'
  | 'malformed_index'
  | 'malformed_key'
  | 'malformed_note'
  | 'malformed_proof'
  | 'malformed_tile'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_origin'
  | 'invalid_proof'
  | 'missing_object'
  | 'entry_mismatch'
  | 'entry_missing'
  | 'entries_reordered'
  | 'tile_mismatch'
  | 'root_mismatch'
  | 'truncated'
  | 'forked';

/** The only error this package throws about what it was given. The message is fit for the public and names the place. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly code: VerificationErrorCode;

  constructor(code: VerificationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
