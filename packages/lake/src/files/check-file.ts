import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LakeFile } from '../catalogue.ts';
import { readFiles } from './stored-columns.ts';

/** A file to be read whole, to see whether it can be. */
export interface CheckFile {
  readonly kind: 'check';
  readonly file: LakeFile;
}

/** @returns what is wrong with the file, in a word; undefined for a sound one. */
export async function checkFile(
  connection: DuckDBConnection,
  directory: string,
  { path, bytes }: LakeFile,
): Promise<string | undefined> {
  const size = await sizeOf(join(directory, path));
  if (size === undefined) return 'missing';
  if (size !== bytes) return 'cut short';
  try {
    await connection.run(`SELECT max(hash(whole)) FROM ${readFiles([join(directory, path)])} AS whole`);
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Out of Memory')) throw error;
    return 'damaged';
  }
}

/** The size of a file in bytes; undefined where there is none. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
