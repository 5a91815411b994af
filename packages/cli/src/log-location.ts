import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogReader } from '@pawprint/verifier';
import { CommandError, withFile } from './command-error.ts';

const requestTimeoutMs = 60_000;
/** A bundle is at most 256 entries of 64 KiB. */
const objectBytesMax = 17 * 2 ** 20;

/**
 * The log in a directory, or served under an address such as `https://audit.example.com/ledger/`.
 * @param token an API token, which the entries of a Pawprint instance need
 */
export function openLog(location: string, token: string | undefined): LogReader {
  if (!/^https?:\/\//i.test(location)) return { read: (path) => readObject(join(location, path)) };
  const base = URL.parse(location.endsWith('/') ? location : `${location}/`);
  if (base === null) throw new CommandError('usage', `${location} is not an address`);
  return { read: (path) => fetchObject(new URL(path, base), token) };
}

function readObject(path: string): Promise<Uint8Array | undefined> {
  return withFile(path, () =>
    readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    }),
  );
}

async function fetchObject(url: URL, token: string | undefined): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url, {
      // Another host must not get the token.
      redirect: 'error',
      headers: { 'user-agent': 'pawprint-cli', ...(token !== undefined && { 'x-api-key': token }) },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const body = await readBody(response);
    if (response.ok) return body;
    if (response.status === 404) return undefined;
    throw new CommandError('io', `${url}: ${response.status} ${reasonIn(body)}`);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new CommandError('io', `${url}: ${why}`, { cause });
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > objectBytesMax) {
      throw new CommandError('io', `${response.url}: longer than ${objectBytesMax} bytes`);
    }
  }
  return Buffer.concat(chunks);
}

/** What an instance says in problem details (RFC 9457); of any other server nothing. */
function reasonIn(body: Uint8Array): string {
  try {
    return String(JSON.parse(Buffer.from(body).toString()).detail ?? '');
  } catch {
    return '';
  }
}
