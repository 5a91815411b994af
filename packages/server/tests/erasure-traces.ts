import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Which of the texts stand in a file of the data directory, in any letter case, and where. */
export async function tracesIn(directory: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  let bytes = 0;
  for await (const file of glob('**/*', { cwd: directory, withFileTypes: true })) {
    if (!file.isFile() || file.name === 'reserve') continue;
    const content = (await readFile(join(file.parentPath, file.name), 'latin1')).toLowerCase();
    bytes += content.length;
    for (const text of texts) if (content.includes(text.toLowerCase())) found.push(`${text} in ${file.name}`);
  }
  assert(bytes > 50_000, `only ${bytes} bytes were looked at`);
  return found;
}
