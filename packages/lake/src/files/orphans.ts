import { readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Catalogue } from '../catalogue.ts';
import { type TableDefinition, tableKey } from '../tables/table-definition.ts';
import { tableFolder, workDirectory } from './layout.ts';

/**
 * Removes what a crash left behind: unfinished files, and finished ones that never reached the catalogue or had
 * already left it. Only for a lake that nobody writes or reads yet.
 */
export async function removeOrphans(
  directory: string,
  tables: readonly TableDefinition[],
  catalogue: Catalogue,
): Promise<void> {
  await rm(workDirectory(directory), { recursive: true, force: true });
  for (const table of tables) {
    const key = tableKey(table);
    const known = [...(await catalogue.files(key)), ...(await catalogue.damagedFiles(key))];
    const live = new Set(known.map(({ path }) => path));
    for (const path of await filesIn(directory, tableFolder(table))) {
      if (!live.has(path.replace(/index$/, 'parquet'))) await rm(join(directory, path));
    }
  }
}

async function filesIn(directory: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true }).catch(
    noFolder,
  );
  return entries
    .filter((entry) => entry.isFile() && /\.(parquet|index)$/.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

function noFolder(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
