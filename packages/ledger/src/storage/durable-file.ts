import { open } from 'node:fs/promises';

/** Makes a new file whose bytes are on the disk when this resolves; its name needs `syncFolder` too. */
export async function writeSynced(path: string, bytes: Uint8Array, mode?: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    // The times of the file, which alone this leaves out, may be lost.
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Puts the names in a folder on the disk. Windows has no such call. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
