import { createPrivateKey, sign } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startTestInstance, type TestInstance } from '@pawprint/testing';
import {
  encodeEntryBundle,
  encodeTile,
  entryBundlePath,
  formatCheckpoint,
  formatNote,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  TiledTree,
  tilePath,
  tileWidth,
} from '@pawprint/verifier';
import { run } from '../src/main.ts';
import { sha256, treeHasher } from '../src/sha256.ts';

/** The log of a real instance, copied, with two checkpoints that somebody kept elsewhere. */
export interface SampleLog {
  readonly instance: TestInstance;
  /** Where this test keeps its files. */
  readonly folder: string;
  readonly vkey: string;
  readonly size: number;
  readonly entries: readonly Uint8Array[];
  /** The log as it is in the instance's data directory. */
  readonly log: string;
  /** Files with checkpoints: one from the middle of the log, and the last one. */
  readonly older: string;
  readonly last: string;
  /** Signs a checkpoint with the log's own key, as an intruder on the instance's machine could. */
  signed(size: number, rootHash: Uint8Array): string;
  /** Writes a whole log of other entries, all its tiles and a checkpoint signed with the log's own key. */
  rewrite(folder: string, entries: readonly Uint8Array[]): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createSampleLog(): Promise<SampleLog> {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-cli-'));
  const instance = await startTestInstance();
  const path = (name: string) => join(folder, name);
  const keep = async (name: string) => {
    await instance.records();
    const note = await (await fetch(`${instance.address}/ledger/checkpoint`)).text();
    await writeFile(path(name), note);
    return parseCheckpoint(parseNote(note).text);
  };

  await makeRecords(instance, 300);
  await keep('older');
  await makeRecords(instance, 300);
  const { size, origin } = await keep('last');
  await cp(join(instance.dataDirectory, 'ledger'), path('log'), { recursive: true });
  const entries = await instance.instance.ledger.read(0, size);
  const vkey = (await (await fetch(`${instance.address}/ledger/vkey`)).text()).trim();
  const privateKey = createPrivateKey(await readFile(join(instance.dataDirectory, 'keys', 'ledger.pem')));
  const { keyId } = parseVerifierKey(vkey, sha256);

  function signed(size: number, rootHash: Uint8Array): string {
    const text = formatCheckpoint({ origin, size, rootHash });
    return formatNote({
      text,
      signatures: [{ name: origin, keyId, signature: sign(null, Buffer.from(text), privateKey) }],
    });
  }

  return {
    instance,
    folder,
    vkey,
    size,
    entries,
    log: path('log'),
    older: path('older'),
    last: path('last'),
    signed,
    async rewrite(target, others) {
      const objects = new Map<string, Uint8Array>();
      const tree = new TiledTree(treeHasher);
      for (const entry of others) {
        tree.append(treeHasher.leaf(entry), (level, index, hashes) =>
          objects.set(tilePath(level, index), encodeTile(hashes)),
        );
      }
      for (const [level, hashes] of tree.partialTiles.entries()) {
        const index = Math.floor(others.length / tileWidth ** (level + 1));
        if (hashes.length > 0) objects.set(tilePath(level, index, hashes.length), encodeTile(hashes));
      }
      for (let start = 0; start < others.length; start += tileWidth) {
        const part = others.slice(start, start + tileWidth);
        objects.set(entryBundlePath(start / tileWidth, part.length), encodeEntryBundle(part));
      }
      objects.set('checkpoint', Buffer.from(signed(others.length, tree.root())));
      for (const [name, bytes] of objects) {
        await mkdir(dirname(join(target, name)), { recursive: true });
        await writeFile(join(target, name), bytes);
      }
    },
    async [Symbol.asyncDispose]() {
      await instance[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Runs the program in this process. */
export async function pawprint(...args: string[]): Promise<{ code: number; out: string; aside: string }> {
  let [out, aside] = ['', ''];
  const code = await run(args, {
    say: (line) => {
      out += `${line}\n`;
    },
    sayAside: (line) => {
      aside += `${line}\n`;
    },
  });
  return { code, out, aside };
}

/** Has the instance record so many reads. */
export async function makeRecords({ admin }: TestInstance, count: number): Promise<void> {
  const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`);
  for (let made = 0; made < count; made += fields.length) await admin.ask(`{ ${fields.join(' ')} }`);
}
