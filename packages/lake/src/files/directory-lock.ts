import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LakeError } from '../lake-error.ts';

/**
 * Takes a directory for one lake: another would remove the files that this one is about to put into its catalogue. The lock is the
 * operating system's, on an empty SQLite file, so that it ends with the process, however that ends.
 * @returns the way to give it back.
 * @throws LakeError `in_use`
 */
export function lockDirectory(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'lake.lock'), { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    database.close();
    // SQLITE_BUSY
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new LakeError('in_use', `another lake has ${directory} open`);
  }
  return () => database.close();
}
