import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDurableFile } from '@pawprint/ledger';
import type { MasterKeySource } from '../config/config.ts';
import type { Reader } from '../store/store.ts';
import { createKeyWrapper, type KeyWrapper, masterKeyBytes, parseMasterKey } from './key-wrapper.ts';

/** The master key is missing or another one, so that people's data in the ledger could not be read. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

const loss =
  'Without it everything that identifies people in the ledger is unreadable, as if all had been erased (see SECURITY.md)';

/**
 * The wrapper of the master key from the settings, or of the one in the data directory, which is made with the first start.
 * @throws MasterKeyError when there is no such key, or what the database holds was wrapped by another.
 */
export async function openKeyWrapper(
  source: MasterKeySource | undefined,
  dataDirectory: string,
  reader: Reader,
): Promise<KeyWrapper> {
  const wrapped = await reader
    .selectFrom('subject_keys')
    .select(['id', 'wrapped'])
    .limit(1)
    .executeTakeFirst();
  const { key, where } = await findMasterKey(source, dataDirectory, wrapped === undefined);
  const wrapper = createKeyWrapper(key);
  if (
    wrapped !== undefined &&
    (await wrapper.unwrap(wrapped.id, Buffer.from(wrapped.wrapped, 'base64'))) === undefined
  ) {
    throw new MasterKeyError(
      `The master key ${where} is not the one that this database was used with. ${loss}`,
    );
  }
  return wrapper;
}

async function findMasterKey(
  source: MasterKeySource | undefined,
  dataDirectory: string,
  mayBeMade: boolean,
): Promise<{ key: Uint8Array; where: string }> {
  if (source?.kind === 'key') return { key: source.key, where: 'in PAWPRINT_MASTER_KEY' };
  const path = source?.path ?? join(dataDirectory, 'keys', 'master.key');
  const where = `in ${path}`;
  const text = await readText(path);
  if (text !== undefined) {
    const key = parseMasterKey(text);
    if (key === undefined)
      throw new MasterKeyError(`The file ${path} does not hold a master key: 32 bytes in base64`);
    return { key, where };
  }
  if (source !== undefined || !mayBeMade)
    throw new MasterKeyError(`There is no master key ${where}. ${loss}`);
  const key = randomBytes(masterKeyBytes);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await createDurableFile(path, Buffer.from(`${key.toString('base64')}\n`), 0o600);
  return { key, where };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new MasterKeyError(`The master key in ${path} can not be read (${code})`, { cause });
  }
}
