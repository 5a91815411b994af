/**
 * Where the objects of a log are kept. Keys are the paths of C2SP tlog-tiles: segments of ASCII letters, digits,
 * `.`, `_` and `-`, none starting with a dot, joined by slashes. All methods reject with a LedgerError: `storage`
 * (with the cause) or `invalid_key`.
 */
export interface ObjectStore {
  /** The whole object, or undefined when there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Durable when it resolves. An existing object is replaced at once: a reader sees the old bytes or the new. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Does nothing when there is no such object. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix`, in ascending order. */
  list(prefix: string): AsyncIterable<string>;
}

const keyPattern = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/;
const keyLengthMax = 512;

/** Whether a key can name an object; what fails could lead out of a directory. */
export function isObjectKey(key: string): boolean {
  return key.length <= keyLengthMax && keyPattern.test(key);
}
