import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another instance works on the same data directory. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  constructor(directory: string) {
    super(`Another instance is already running on the data directory ${directory}`);
  }
}

/**
 * Takes the data directory for this process until it ends, however it ends: the lock is the operating system's, on an
 * empty SQLite file, so that a crash leaves nothing to clean up.
 * @returns the way to give it back.
 * @throws DirectoryInUse
 */
export function lockDirectory(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'instance.lock'), { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === 5) throw new DirectoryInUse(directory);
    throw error;
  }
  return () => database.close();
}
