import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Which of the texts stand in a file of the data directory, in any letter case, and where. */
export async function tracesIn(directory: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  let bytes = 0;
  for await (const file of glob('**/*', { cwd: directory, withFileTypes: true })) {
    if (!file.isFile() || file.name === 'reserve') continue;
    // A running instance replaces files: what is gone by now holds nothing any more.
    const text = await readFile(join(file.parentPath, file.name), 'latin1').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    });
    const content = text.toLowerCase();
    bytes += content.length;
    for (const sought of texts) {
      if (content.includes(sought.toLowerCase())) found.push(`${sought} in ${file.name}`);
    }
  }
  assert(bytes > 50_000, `only ${bytes} bytes were looked at`);
  return found;
}
