import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Location } from './s3-store.ts';
import { isNamed } from './storage-error.ts';

export interface Lock {
  readonly mode: 'COMPLIANCE' | 'GOVERNANCE';
  readonly until: Date;
}

/** What keeps one version of an object. */
export interface Keeping {
  readonly lock: Lock | undefined;
  readonly isHeld: boolean;
}

/** One version of an object, or the mark of its deletion. */
export interface Version {
  readonly key: string;
  readonly version: string;
}

export interface Put {
  readonly version: string;
  /** Whether the request was sent once: an answer that got lost may have left another version. */
  readonly isSingle: boolean;
}

const requestsMax = 16;
const attemptsMax = 3;
const connectingMsMax = 5_000;
/** What a server without versions, or with versions suspended, calls the one that it replaces. */
const nullVersion = 'null';

/** The requests that a store makes below a prefix of a bucket. Methods reject with the errors of the SDK. */
export class S3Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #answerMsMax: number;
  readonly #slots = new Slots(requestsMax);

  constructor({ bucket, prefix, endpoint, region, credentials, answerMsMax = 30_000 }: S3Location) {
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#answerMsMax = answerMsMax;
    this.#client = new S3Client({
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(region !== undefined && { region }),
      ...(credentials !== undefined && { credentials }),
      maxAttempts: attemptsMax,
      requestHandler: {
        connectionTimeout: connectingMsMax,
        requestTimeout: answerMsMax,
        throwOnRequestTimeout: true,
      },
    });
  }

  /** Rejects also when there is no such bucket. */
  async isVersioned(): Promise<boolean> {
    const input = { Bucket: this.#bucket };
    const { Status } = await this.#run((options) =>
      this.#client.send(new GetBucketVersioningCommand(input), options),
    );
    return Status === 'Enabled';
  }

  /** Whether objects can be locked, and whether new ones are even when nobody asks for it. */
  async objectLock(): Promise<{ readonly isEnabled: boolean; readonly locksByDefault: boolean }> {
    const input = { Bucket: this.#bucket };
    try {
      const { ObjectLockConfiguration: found } = await this.#run((options) =>
        this.#client.send(new GetObjectLockConfigurationCommand(input), options),
      );
      return {
        isEnabled: found?.ObjectLockEnabled === 'Enabled',
        locksByDefault: found?.Rule?.DefaultRetention?.Mode !== undefined,
      };
    } catch (error) {
      if (isNamed(error, 'ObjectLockConfigurationNotFoundError')) {
        return { isEnabled: false, locksByDefault: false };
      }
      throw error;
    }
  }

  /** The whole object, checked against the checksum that it was written with. */
  async get(key: string): Promise<Uint8Array | undefined> {
    const input = { ...this.#at(key), ChecksumMode: 'ENABLED' } as const;
    try {
      return await this.#run(async (options) => {
        const { Body, ContentLength } = await this.#client.send(new GetObjectCommand(input), options);
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        if (bytes.length !== ContentLength) {
          throw new Error(`${bytes.length} bytes came instead of ${ContentLength}`);
        }
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      });
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  }

  /** Durable when it resolves. */
  put(key: string, bytes: Uint8Array, lock?: Lock): Promise<Put> {
    return this.#put(key, bytes, lock, {});
  }

  /** As `put`; undefined, and nothing done, when there is such an object already. */
  async putNew(key: string, bytes: Uint8Array, lock?: Lock): Promise<Put | undefined> {
    try {
      return await this.#put(key, bytes, lock, { IfNoneMatch: '*' });
    } catch (error) {
      if (isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return undefined;
      throw error;
    }
  }

  async #put(
    key: string,
    bytes: Uint8Array,
    lock: Lock | undefined,
    condition: { readonly IfNoneMatch?: '*' },
  ): Promise<Put> {
    const input = {
      ...this.#at(key),
      ...condition,
      ...(lock !== undefined && { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: lock.until }),
      Body: bytes,
      // A lock is refused without a checksum; this one is kept and checked again at each reading.
      ChecksumAlgorithm: 'SHA256',
    } as const;
    const { VersionId, $metadata } = await this.#run((options) =>
      this.#client.send(new PutObjectCommand(input), options),
    );
    return { version: VersionId ?? nullVersion, isSingle: $metadata.attempts === 1 };
  }

  /** What keeps an object, or one version of it. Rejects with `NotFound` when it is not there. */
  async keeping(key: string, version?: string): Promise<Keeping> {
    const input = { ...this.#at(key), ...(version !== undefined && { VersionId: version }) };
    const head = await this.#run((options) => this.#client.send(new HeadObjectCommand(input), options));
    const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus } = head;
    return {
      lock: mode === undefined || until === undefined ? undefined : { mode, until },
      isHeld: ObjectLockLegalHoldStatus === 'ON',
    };
  }

  async lock(key: string, { mode, until }: Lock): Promise<void> {
    const input = { ...this.#at(key), Retention: { Mode: mode, RetainUntilDate: until } };
    await this.#run((options) => this.#client.send(new PutObjectRetentionCommand(input), options));
  }

  async hold(key: string, isHeld: boolean): Promise<void> {
    const input = { ...this.#at(key), LegalHold: { Status: isHeld ? 'ON' : 'OFF' } } as const;
    await this.#run((options) => this.#client.send(new PutObjectLegalHoldCommand(input), options));
  }

  async deleteVersion({ key, version }: Version): Promise<void> {
    const input = { ...this.#at(key), VersionId: version };
    await this.#run((options) => this.#client.send(new DeleteObjectCommand(input), options));
  }

  /** The keys of the objects that are there, in ascending order. */
  async *keys(prefix: string): AsyncGenerator<string> {
    let token: string | undefined;
    do {
      const input = { Bucket: this.#bucket, Prefix: this.#prefix + prefix, ContinuationToken: token };
      const page = await this.#run((options) => this.#client.send(new ListObjectsV2Command(input), options));
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield this.#keyOf(Key);
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /**
   * All versions of all objects, also of deleted ones, page by page: of one object from the newest page, and within a page
   * from the oldest version, marks of deletion last.
   */
  async *versions(prefix: string): AsyncGenerator<readonly Version[]> {
    let after: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> | undefined = {};
    while (after !== undefined) {
      const input: ListObjectVersionsCommandInput = {
        Bucket: this.#bucket,
        Prefix: this.#prefix + prefix,
        ...after,
      };
      const page = await this.#run((options) =>
        this.#client.send(new ListObjectVersionsCommand(input), options),
      );
      const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      yield [...Versions.toReversed(), ...DeleteMarkers].map(({ Key = '', VersionId = nullVersion }) => ({
        key: this.#keyOf(Key),
        version: VersionId,
      }));
      after = IsTruncated ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : undefined;
    }
  }

  /** Runs a request when there is a slot, all its attempts and the whole answer in a bounded time. */
  #run<T>(request: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    return this.#slots.run(async () => {
      const abortSignal = AbortSignal.timeout(attemptsMax * this.#answerMsMax);
      try {
        return await request({ abortSignal });
      } catch (cause) {
        abortSignal.throwIfAborted();
        throw cause;
      }
    });
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  #keyOf(path: string): string {
    return path.slice(this.#prefix.length);
  }
}

/** Lets so many run at once; the others wait in order. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
