import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isErrno, syncFolder, writeSynced } from './durable-file.ts';
import { isKeyPrefix, isObjectKey, type ObjectStore } from './object-store.ts';
import { invalidKey, storageError } from './storage-error.ts';

// On the same file system as the objects, so that a rename is atomic; the dot keeps it apart from all keys.
const temporaryFolder = '.tmp';
const foldersKnownMax = 1_000;

/**
 * An object store in a folder, made for this user only if it is not there. What a crash left half written is removed.
 * The folder must have one writer at a time. Locks are taken and not kept.
 */
export async function openDirectoryStore(folder: string): Promise<ObjectStore> {
  const root = resolve(folder);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(root));
    await rm(join(root, temporaryFolder), { recursive: true, force: true });
    await mkdir(join(root, temporaryFolder));
  } catch (cause) {
    throw storageError('open', 'its folder', cause);
  }
  return new DirectoryStore(root);
}

class DirectoryStore implements ObjectStore {
  readonly #root: string;
  /** Folders that exist together with, durably, the names that lead to them. */
  readonly #folders = new Map<string, Promise<void>>();
  readonly #syncs = new SharedSyncs();

  constructor(root: string) {
    this.#root = root;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const path = this.#path(key);
    try {
      return await readFile(path);
    } catch (cause) {
      if (isErrno(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
      throw storageError('read', key, cause);
    }
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const temporary = join(this.#root, temporaryFolder, randomUUID());
    try {
      // A new folder is synced while the bytes are; what fails here fails again below.
      this.#makeFolder(dirname(path)).catch(() => undefined);
      await writeSynced(temporary, bytes);
      await this.#moveInto(dirname(path), temporary, path);
      await this.#syncs.sync(dirname(path));
    } catch (cause) {
      // On a full disk the room is needed; if even this fails, the next opening removes it.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw storageError('write', key, cause);
    }
  }

  async retain(key: string): Promise<void> {
    this.#path(key);
  }

  async hold(key: string): Promise<void> {
    this.#path(key);
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      await unlink(path);
      await this.#removeIfEmpty(dirname(path));
    } catch (cause) {
      if (!isErrno(cause, 'ENOENT', 'ENOTDIR')) throw storageError('delete', key, cause);
    }
  }

  async deleteAll(prefix: string): Promise<void> {
    for await (const key of this.list(prefix)) await this.delete(key);
  }

  async *list(prefix: string): AsyncGenerator<string> {
    if (!isKeyPrefix(prefix)) throw invalidKey(prefix);
    yield* this.#walk(prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
  }

  async *#walk(folder: string, prefix: string): AsyncGenerator<string> {
    const keys = (await this.#readFolder(folder)).filter(
      (key) => key.startsWith(prefix) || prefix.startsWith(key),
    );
    for (const key of keys) {
      if (key.endsWith('/')) yield* this.#walk(key, prefix);
      else if (key.startsWith(prefix)) yield key;
    }
  }

  /** In the order of the keys, for which a folder counts with its slash. */
  async #readFolder(folder: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#root, folder), { withFileTypes: true });
      return entries
        .filter((entry) => isObjectKey(entry.name))
        .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
        .sort();
    } catch (cause) {
      if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return [];
      throw storageError('list', folder, cause);
    }
  }

  async #moveInto(folder: string, temporary: string, path: string): Promise<void> {
    try {
      await this.#makeFolder(folder);
      await rename(temporary, path);
    } catch (cause) {
      // Deleting the last object beside this one has just taken the folder away.
      if (!isErrno(cause, 'ENOENT')) throw cause;
      this.#folders.delete(folder);
      await this.#makeFolder(folder);
      await rename(temporary, path);
    }
  }

  #makeFolder(folder: string): Promise<void> {
    if (folder === this.#root) return Promise.resolve();
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    if (this.#folders.size >= foldersKnownMax) this.#folders.clear();
    const made = this.#createFolder(folder);
    this.#folders.set(folder, made);
    made.catch(() => this.#folders.delete(folder));
    return made;
  }

  async #createFolder(folder: string): Promise<void> {
    await this.#makeFolder(dirname(folder));
    await mkdir(folder, { recursive: true });
    // Also when the folder was there: it may have been made just before a crash.
    await this.#syncs.sync(dirname(folder));
  }

  async #removeIfEmpty(folder: string): Promise<void> {
    if (folder === this.#root) return;
    try {
      await rmdir(folder);
      this.#folders.delete(folder);
    } catch (cause) {
      if (!isErrno(cause, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw cause;
    }
  }

  #path(key: string): string {
    if (!isObjectKey(key)) throw invalidKey(key);
    return join(this.#root, key);
  }
}

/** Syncs folders; those who ask for one before its sync has begun share that sync. */
class SharedSyncs {
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  sync(folder: string): Promise<void> {
    const waiting = this.#waiting.get(folder);
    if (waiting !== undefined) return waiting;
    // A running one may have begun before the change that the caller made.
    const next = this.#after(folder, this.#running.get(folder));
    this.#waiting.set(folder, next);
    return next;
  }

  async #after(folder: string, running: Promise<void> | undefined): Promise<void> {
    // Its failure is told to those who waited for it.
    await running?.catch(() => undefined);
    const sync = syncFolder(folder);
    this.#waiting.delete(folder);
    this.#running.set(folder, sync);
    try {
      await sync;
    } finally {
      if (this.#running.get(folder) === sync) this.#running.delete(folder);
    }
  }
}
