import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DamagedFile } from '@pawprint/lake';
import type { LakeCatalogue } from './catalogue.ts';

/** Marks the files of a table that are gone or cut short. @returns them. */
export async function markLostFiles(
  catalogue: LakeCatalogue,
  directory: string,
  table: string,
): Promise<readonly DamagedFile[]> {
  const lost: DamagedFile[] = [];
  for (const file of await catalogue.files(table)) {
    const size = await sizeOf(join(directory, file.path));
    if (size === file.bytes) continue;
    const damage = size === undefined ? 'missing' : 'cut short';
    await catalogue.markDamaged(file.path, damage);
    lost.push({ ...file, damage });
  }
  return lost;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
