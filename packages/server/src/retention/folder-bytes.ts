import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the files of a folder hold, in bytes; 0 where there is no folder. One that goes meanwhile is not counted. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(otherwise([]));
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(path);
    else bytes += await stat(path).then(({ size }) => size, otherwise(0));
  }
  return bytes;
}

function otherwise<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
