import { LedgerError } from '../ledger-error.ts';
import { isKeyPrefix, isObjectKey, type ObjectStore, type WriteOptions } from './object-store.ts';
import type { Lock, S3Bucket, Version } from './s3-bucket.ts';
import { invalidKey, isNamed, storageError } from './storage-error.ts';

/** Where a bucket is and who asks for it. */
export interface S3Location {
  readonly bucket: string;
  /** What the keys of all objects begin with there, without a slash at its ends; may be empty. */
  readonly prefix: string;
  /** The URL of another server than AWS's; it is asked for paths, not for hosts named like buckets. */
  readonly endpoint?: string | undefined;
  /** Undefined leaves it to the SDK: environment variables, then files of the AWS tools. */
  readonly region?: string | undefined;
  /** Undefined leaves them to the SDK: environment variables, files, then what the machine has been given. */
  readonly credentials?: S3Credentials | undefined;
  /** How long one answer may take. */
  readonly answerMsMax?: number | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * - `COMPLIANCE`: nobody deletes a locked object before its time, not even the owner of the bucket.
 * - `GOVERNANCE`: only who has been given the permission to.
 * - `NONE`: nothing is locked.
 */
export type LockMode = 'COMPLIANCE' | 'GOVERNANCE' | 'NONE';

/**
 * An object store in a bucket of an S3 server, which must have Object Lock enabled unless the mode is `NONE`. Deleted and
 * replaced objects leave no version behind. A prefix must have one writer at a time.
 * @throws {LedgerError} `storage`: the bucket can't be reached, or can't keep what is to be kept
 */
export async function openS3Store(location: S3Location, lockMode: LockMode): Promise<ObjectStore> {
  // The SDK is large, and most instances keep their ledger in a directory.
  const { S3Bucket } = await import('./s3-bucket.ts');
  const bucket = new S3Bucket(location);
  try {
    await requireLocks(bucket, location.bucket, lockMode);
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    throw storageError('open', `the bucket ${location.bucket}`, cause);
  }
  return new S3Store(bucket, lockMode);
}

async function requireLocks(bucket: S3Bucket, name: string, lockMode: LockMode): Promise<void> {
  const isVersioned = await bucket.isVersioned();
  if (lockMode === 'NONE') return;
  const { isEnabled, locksByDefault } = await bucket.objectLock();
  if (!isVersioned || !isEnabled) {
    throw new LedgerError(
      'storage',
      `the bucket ${name} does not have ${isEnabled ? 'versioning' : 'Object Lock'} enabled, so that it could not keep ` +
        'the ledger from being deleted; only the lock mode NONE goes without',
    );
  }
  if (locksByDefault) {
    throw new LedgerError(
      'storage',
      `the bucket ${name} locks every new object by a default retention, but some of the ledger's have to be replaced; ` +
        'the ledger locks the others itself, so remove that default',
    );
  }
}

const onlyVersionsMax = 100;

class S3Store implements ObjectStore {
  readonly #bucket: S3Bucket;
  readonly #lockMode: LockMode;
  /** The versions of objects that are known to have no other, from the one written the longest ago. */
  readonly #onlyVersions = new Map<string, string>();
  /** The last change under way at each key. */
  readonly #changes = new Map<string, Promise<void>>();

  constructor(bucket: S3Bucket, lockMode: LockMode) {
    this.#bucket = bucket;
    this.#lockMode = lockMode;
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#do('read', key, () => this.#bucket.get(key));
  }

  write(key: string, bytes: Uint8Array, { retainUntil }: WriteOptions = {}): Promise<void> {
    const lock = this.#lock(retainUntil);
    return this.#change('write', key, () =>
      lock === undefined ? this.#replace(key, bytes) : this.#writeLocked(key, bytes, lock),
    );
  }

  retain(key: string, until: Date): Promise<void> {
    const lock = this.#lock(until);
    return this.#change('lock', key, async () => {
      if (lock !== undefined) await this.#lengthen(key, lock);
    });
  }

  hold(key: string, isHeld: boolean): Promise<void> {
    return this.#change('hold', key, async () => {
      if (this.#lockMode !== 'NONE') await this.#bucket.hold(key, isHeld);
    });
  }

  delete(key: string): Promise<void> {
    return this.#change('delete', key, async () => {
      await this.#deleteVersions(await this.#versions(key));
      this.#onlyVersions.delete(key);
    });
  }

  async deleteAll(prefix: string): Promise<void> {
    if (!isKeyPrefix(prefix)) throw invalidKey(prefix);
    try {
      for await (const versions of this.#bucket.versions(prefix)) {
        const byKey = Map.groupBy(versions, ({ key }) => key);
        await Promise.all([...byKey.values()].map((ofOne) => this.#deleteVersions(ofOne)));
        for (const key of byKey.keys()) this.#onlyVersions.delete(key);
      }
    } catch (cause) {
      if (cause instanceof LedgerError) throw cause;
      throw storageError('delete', prefix, cause);
    }
  }

  async *list(prefix: string): AsyncGenerator<string> {
    if (!isKeyPrefix(prefix)) throw invalidKey(prefix);
    try {
      for await (const key of this.#bucket.keys(prefix)) if (isObjectKey(key)) yield key;
    } catch (cause) {
      throw storageError('list', prefix, cause);
    }
  }

  #lock(until: Date | undefined): Lock | undefined {
    if (until === undefined || this.#lockMode === 'NONE') return undefined;
    return { mode: this.#lockMode, until };
  }

  async #writeLocked(key: string, bytes: Uint8Array, lock: Lock): Promise<void> {
    if (await this.#bucket.putNew(key, bytes, lock)) return;
    // It has been written before a crash, or by an attempt whose answer was lost: a second one would stay for years, too.
    const stored = await this.#bucket.get(key);
    if (stored !== undefined && Buffer.compare(stored, bytes) === 0) await this.#lengthen(key, lock);
    // Something else in its place stays below it, to be looked at.
    else await this.#bucket.put(key, bytes, lock);
  }

  async #lengthen(key: string, { mode, until }: Lock): Promise<void> {
    const { lock } = await this.#bucket.keeping(key);
    if (lock === undefined || lock.until < until)
      await this.#bucket.lock(key, { mode: lock?.mode ?? mode, until });
  }

  /** Writes an object that is not locked, and deletes the versions that it replaces. */
  async #replace(key: string, bytes: Uint8Array): Promise<void> {
    const only = this.#onlyVersions.get(key);
    // Not known any more should the writing fail.
    this.#onlyVersions.delete(key);
    const created = only === undefined ? await this.#bucket.putNew(key, bytes) : undefined;
    const { version, isSingle } = created ?? (await this.#bucket.put(key, bytes));
    if (created === undefined) {
      const replaced = only !== undefined && isSingle ? [{ key, version: only }] : await this.#versions(key);
      await this.#deleteVersions(replaced.filter((other) => other.version !== version));
    }
    this.#onlyVersions.set(key, version);
    const [oldest = ''] = this.#onlyVersions.keys();
    if (this.#onlyVersions.size > onlyVersionsMax) this.#onlyVersions.delete(oldest);
  }

  /** All versions at just this key, from the oldest. */
  async #versions(key: string): Promise<readonly Version[]> {
    let found: readonly Version[] = [];
    for await (const versions of this.#bucket.versions(key)) {
      found = [...versions.filter((version) => version.key === key), ...found];
      // Longer keys come later.
      if (versions.some((version) => version.key !== key)) break;
    }
    return found;
  }

  /** From the oldest: when one is kept, no older one comes to light instead of those that were newer. */
  async #deleteVersions(versions: readonly Version[]): Promise<void> {
    for (const version of versions) await this.#deleteVersion(version);
  }

  async #deleteVersion(version: Version): Promise<void> {
    try {
      await this.#bucket.deleteVersion(version);
    } catch (cause) {
      if (!isNamed(cause, 'AccessDenied')) throw cause;
      const { lock, isHeld } = await this.#bucket.keeping(version.key, version.version);
      if (lock === undefined && !isHeld) throw cause;
      const why = isHeld ? 'it is under legal hold' : `it is locked until ${lock?.until.toISOString()}`;
      throw new LedgerError('storage', `the ledger's storage does not delete ${version.key}: ${why}`, {
        cause,
      });
    }
  }

  /** One change of an object after the other: two at once could each keep the version that the other one deletes. */
  async #change(action: string, key: string, change: () => Promise<void>): Promise<void> {
    const previous = this.#changes.get(key);
    const done = this.#do(action, key, async () => {
      // Its failure is told to whoever asked for it.
      await previous?.catch(() => undefined);
      await change();
    });
    this.#changes.set(key, done);
    try {
      await done;
    } finally {
      if (this.#changes.get(key) === done) this.#changes.delete(key);
    }
  }

  async #do<T>(action: string, key: string, work: () => Promise<T>): Promise<T> {
    if (!isObjectKey(key)) throw invalidKey(key);
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof LedgerError) throw cause;
      if (isNamed(cause, 'NoSuchKey', 'NotFound')) {
        throw new LedgerError('missing_object', `${key} is missing`, { cause });
      }
      throw storageError(action, key, cause);
    }
  }
}
