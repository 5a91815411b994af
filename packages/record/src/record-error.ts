/** What was wrong with a value handed to this package. */
export type RecordErrorCode =
  | 'not_json'
  | 'too_deep'
  | 'not_a_timestamp'
  | 'malformed_entry'
  | 'unknown_version'
  | 'entry_too_large'
  | 'wrong_key';

/** The one error this package throws. `message` is fit to be shown to whoever sent the value. */
export class RecordError extends Error {
  readonly code: RecordErrorCode;

  constructor(code: RecordErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RecordError';
    this.code = code;
  }
}
