import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Moves a finished file to its final name so that after a power loss it is there whole or not at all: contents,
 * then name, then the folders' entries are flushed.
 */
export async function durableRename(from: string, to: string): Promise<void> {
  await flush(from);
  const folder = dirname(to);
  const firstCreated = await mkdir(folder, { recursive: true });
  await rename(from, to);
  await flush(folder);
  for (
    let child = folder;
    firstCreated !== undefined && child.startsWith(firstCreated);
    child = dirname(child)
  ) {
    await flush(dirname(child));
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
