/** What actions need besides the store; passed in so that tests decide time, ids and secrets. */
export interface Services {
  /** The version in every record's `pantherVersion`. */
  readonly version: string;
  /** Now, RFC 3339 UTC with milliseconds. */
  now(): string;
  /** Now, in nanoseconds since 1970-01-01T00:00:00Z. */
  epochNanoseconds(): bigint;
  /** A new random UUID. */
  newId(): string;
  /** SHA-256 as lower-case hex. */
  sha256(bytes: Uint8Array): string;
}
