import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What keeps one note from the next: a checkpoint has no two empty lines. */
const separator = '\n\n';

/** Appends a note to the file, making it where it is missing; on the disk when this resolves. */
export async function appendAnchor(path: string, note: string): Promise<void> {
  const file = await open(path, 'a+', 0o644);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(3), 0, 3, Math.max(0, size - 3));
    // A crash may have left a part of a note.
    const isTorn = size > 0 && buffer.toString('utf8', 0, bytesRead) !== `\n${separator}`;
    await file.appendFile(`${isTorn ? `\n${separator}` : ''}${note}${separator}`);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
