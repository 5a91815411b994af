import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The data directory can't be had: another instance works on it, or it can't be written. */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable';
}

/**
 * Makes the data directory where it is missing, and takes it for this process until it ends, however it ends: the lock is the operating system's, on an
 * empty SQLite file, so that a crash leaves nothing to clean up.
 * @returns the way to give it back.
 * @throws DirectoryUnavailable
 */
export async function takeDirectory(directory: string): Promise<() => void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DirectoryUnavailable(`The data directory ${directory} can not be written (${code})`, { cause });
  }
  const database = new DatabaseSync(join(directory, 'instance.lock'), { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new DirectoryUnavailable(`Another instance is already running on the data directory ${directory}`);
  }
  return () => database.close();
}
