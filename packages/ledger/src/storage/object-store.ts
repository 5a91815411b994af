/**
 * Where the objects of a log are kept. Keys are the paths of C2SP tlog-tiles: segments of ASCII letters, digits,
 * `.`, `_` and `-`, none starting with a dot, joined by slashes. All methods reject with a LedgerError: `storage`
 * (with the cause) or `invalid_key`.
 *
 * A bucket locks objects: until the lock ends, nobody deletes them or their bytes. A directory takes locks and keeps none:
 * there an object stays because the ledger doesn't delete it.
 */
export interface ObjectStore {
  /** The whole object, or undefined when there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Durable when it resolves. An existing object is replaced at once: a reader sees the old bytes or the new. */
  write(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>;
  /** Lengthens the lock of an existing object to `until`. One that lasts longer stays as it is. */
  retain(key: string, until: Date): Promise<void>;
  /** Puts an existing object under legal hold, a lock without an end, or takes that hold away. */
  hold(key: string, isHeld: boolean): Promise<void>;
  /** Does nothing when there is no such object. Rejects with `storage` while the object is locked. */
  delete(key: string): Promise<void>;
  /** Deletes every object whose key begins with `prefix`. */
  deleteAll(prefix: string): Promise<void>;
  /** The keys that begin with `prefix`, in ascending order. */
  list(prefix: string): AsyncIterable<string>;
}

export interface WriteOptions {
  /** Locks the object until then; for objects that are never replaced. */
  readonly retainUntil?: Date | undefined;
}

const keyPattern = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/;
const keyLengthMax = 512;

/** Whether a key can name an object; what fails could lead out of a directory. */
export function isObjectKey(key: string): boolean {
  return key.length <= keyLengthMax && keyPattern.test(key);
}

/** Whether keys can begin so: a prefix may end with a slash or be empty, where a key goes on. */
export function isKeyPrefix(prefix: string): boolean {
  return isObjectKey(`${prefix}x`);
}
