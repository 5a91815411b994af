import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeCatalogue } from './catalogue.ts';

/**
 * Forgets a table of which a file is gone or cut short, so that it is built again from the ledger. To be done before
 * the lake is opened, which then removes what is left of its files.
 * @returns whether there was something to forget.
 */
export async function forgetIfLost(
  catalogue: LakeCatalogue,
  directory: string,
  table: string,
): Promise<boolean> {
  const files = await catalogue.files(table);
  const whole = await Promise.all(
    files.map(async ({ path, bytes }) => (await sizeOf(join(directory, path))) === bytes),
  );
  const isLost = whole.includes(false);
  if (isLost) await catalogue.forget(table);
  return isLost;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
