/** What went wrong, for callers that act on it. */
export type LakeErrorCode =
  /** The SQL cannot be read or does not fit the tables; the message says where. */
  | 'invalid_sql'
  /** The SQL asks for something queries may not do, or for a table the caller may not read. */
  | 'forbidden_sql'
  /** A part of a search is not what it may be; the message names it. */
  | 'invalid_search'
  | 'timed_out'
  | 'cancelled'
  | 'result_too_large'
  | 'out_of_memory'
  | 'queue_full'
  /** The process that did the work ended or met a defect; the next request finds a sound one. */
  | 'engine_failed'
  /** A data file is missing or cannot be read; the message names it. */
  | 'damaged_file'
  | 'unknown_table'
  | 'unknown_result'
  | 'unknown_column'
  /** A batch starts after the next entry or row that the table waits for. */
  | 'entry_gap'
  /** A row is not JSON that fits its table; the message names it and its column. */
  | 'unreadable_row'
  /** The bytes of a ledger entry are not an entry this version knows; the message names its index. */
  | 'unreadable_entry'
  /** The disk refused: full, read-only or failing. */
  | 'storage'
  /** Another lake has the directory open. */
  | 'in_use'
  | 'closed';

/** The one error this package throws. `message` is fit to be shown to whoever sent the request. */
export class LakeError extends Error {
  readonly code: LakeErrorCode;

  constructor(code: LakeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LakeError';
    this.code = code;
  }
}
