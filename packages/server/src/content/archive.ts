import { posix } from 'node:path';
import type { ContentFile } from '@pawprint/detections';
import yauzl from 'yauzl';

/** What an archive may hold at most. All that Panther publishes is some 3,000 files and 10 MB. */
export const archiveLimits = { files: 10_000, fileBytes: 2 * 1024 * 1024, bytes: 64 * 1024 * 1024 } as const;

/** An archive that can't be read, or may not; the message is for whoever sent it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The files of a zip archive, in memory alone. Paths are made relative to the archive: one that leads out of it is read as if the
 * archive began there.
 * @throws ArchiveError
 */
export async function readArchive(bytes: Buffer): Promise<readonly ContentFile[]> {
  const zip = await open(bytes);
  if (zip.entryCount > archiveLimits.files) {
    throw new ArchiveError(`The archive holds more than ${archiveLimits.files} files`);
  }
  const files = new Map<string, string>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const path = pathOf(entry.fileNameRaw.toString());
      if (path.endsWith('/')) continue;
      // What it says of its size is enforced while it is unpacked.
      total += entry.uncompressedSize;
      if (entry.uncompressedSize > archiveLimits.fileBytes) {
        throw new ArchiveError(`${path} is larger than ${archiveLimits.fileBytes} bytes`);
      }
      if (total > archiveLimits.bytes) {
        throw new ArchiveError(`The archive holds more than ${archiveLimits.bytes} bytes`);
      }
      if (files.has(path)) throw new ArchiveError(`The archive holds ${path} twice`);
      files.set(path, textOf(path, await unpack(zip, entry)));
    }
  } catch (error) {
    throw error instanceof ArchiveError ? error : unreadable(error);
  }
  return [...files].map(([path, text]) => ({ path, text }));
}

async function open(bytes: Buffer): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.fromBufferPromise(bytes, {
      lazyEntries: true,
      // Its own check of names refuses what leads out of the archive.
      decodeStrings: false,
    });
  } catch (error) {
    throw unreadable(error);
  }
}

async function unpack(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pathOf(fileName: string): string {
  const path = posix.normalize(fileName.replaceAll('\\', '/')).replace(/^(\.\.?\/|\/)+/, '');
  if (path === '' || path === '..' || path === '.' || path.length > 1024 || /\p{Cc}/u.test(path)) {
    throw new ArchiveError('The archive holds a file without a usable name');
  }
  return path;
}

function textOf(path: string, bytes: Buffer): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new ArchiveError(`${path} is not UTF-8 text`, { cause });
  }
  if (text.includes('\0')) throw new ArchiveError(`${path} holds a NUL character`);
  return text;
}

function unreadable(cause: unknown): ArchiveError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ArchiveError(`The data is no zip archive that can be read: ${why}`, { cause });
}
