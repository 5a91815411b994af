/**
 * - `rejected`: the authority says that it gives no time stamp.
 * - `malformed`: the answer, or a certificate, can't be read, or is of a kind that is not understood.
 * - `wrong_imprint`: the time stamp is of other data.
 * - `wrong_nonce`: the answer belongs to another request.
 * - `bad_signature`: it is not signed by the certificate it names.
 * - `untrusted`: no chain of certificates leads to a trusted one.
 * - `expired`: a certificate was not valid at the time that is stated.
 * - `wrong_purpose`: the certificate is not for time stamping.
 */
export type TimestampErrorCode =
  | 'rejected'
  | 'malformed'
  | 'wrong_imprint'
  | 'wrong_nonce'
  | 'bad_signature'
  | 'untrusted'
  | 'expired'
  | 'wrong_purpose';

/** An answer that proves no time. */
export class TimestampError extends Error {
  override readonly name = 'TimestampError';
  readonly code: TimestampErrorCode;

  constructor(code: TimestampErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
