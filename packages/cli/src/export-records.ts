import { appendFile, rename, rm, writeFile } from 'node:fs/promises';
import { decodeEntry, RecordError } from '@pawprint/record';
import {
  compareLeaves,
  decodeNote,
  formatRangeProof,
  type LogReader,
  minimumIndexPath,
  openCheckpoint,
  parseMinimumIndex,
  readEntryBundle,
  readRangeProof,
  readTile,
  tilePath,
  tileWidth,
  VerificationError,
  type VerifierKey,
  verifyRangeProof,
} from '@pawprint/verifier';
import { CommandError, withFile } from './command-error.ts';
import { csvHeader, csvLine } from './csv.ts';
import { openLog } from './log-location.ts';
import { parseArguments, parseIndex, readKey, readToken, requireOption } from './options.ts';
import type { Output } from './output.ts';
import { count, progressOf } from './progress.ts';
import { sha256, treeHasher } from './sha256.ts';

interface Format {
  /** The first line, if there is one. */
  readonly header: string;
  line(index: number, entry: Uint8Array): string;
}

const formats: ReadonlyMap<string, Format> = new Map([
  ['ndjson', { header: '', line: (_: number, entry: Uint8Array) => Buffer.from(entry).toString() }],
  ['csv', { header: `${csvHeader}\n`, line: csvLine }],
]);

/** Writes the records of a range, checked, and beside them the proof that they are all and as they were. */
export async function exportRecords(args: readonly string[], { say, sayAside }: Output): Promise<void> {
  const names = ['key', 'token-file', 'out', 'format', 'from', 'to'] as const;
  const { subject, options } = parseArguments(args, 'which log: its address or its directory', names);
  const out = requireOption(options.out, 'out', 'where to write');
  const format = formats.get(options.format ?? 'ndjson');
  if (format === undefined) throw new CommandError('usage', '--format is ndjson or csv');
  const { key } = await readKey(options.key);
  const reader = openLog(subject, await readToken(options['token-file']));
  const { note, size } = await readCheckpoint(reader, key);
  const first = await readMinimumIndex(reader);
  const from = indexOption(options.from, 'from', first, size);
  const to = indexOption(options.to, 'to', size - 1, size) + 1;
  if (from >= to) throw new CommandError('usage', `--from ${from} is past --to ${to - 1}`);
  if (from < first)
    throw new CommandError('io', `Entries before ${first} were removed when their time was over`);

  const report = progressOf('exported', sayAside);
  const partial = `${out}.partial`;
  try {
    const leafHashes: Uint8Array[] = [];
    await withFile(partial, () => writeFile(partial, format.header));
    for await (const { start, entries } of entriesOf(reader, from, to, size)) {
      const lines = entries.map((entry, position) => lineOf(format, start + position, entry));
      await withFile(partial, () => appendFile(partial, lines.join('')));
      leafHashes.push(...entries.map((entry) => treeHasher.leaf(entry)));
      report(leafHashes.length, to - from);
    }
    const sides = await readRangeProof(reader, treeHasher, { from, to, size });
    const proof = { from, ...sides, leafHashes, checkpoint: note };
    await verifyRangeProof({ leafHashes, proof, key, sha256 });
    await withFile(`${out}.proof`, () => writeFile(`${out}.proof`, formatRangeProof(proof)));
    await withFile(out, () => rename(partial, out));
  } finally {
    await rm(partial, { force: true });
  }
  say(
    `Wrote entries ${count(from)} to ${count(to - 1)} of ${key.name} to ${out}, and their proof to ${out}.proof`,
  );
}

async function readCheckpoint(reader: LogReader, key: VerifierKey): Promise<{ note: string; size: number }> {
  const bytes = await reader.read('checkpoint');
  if (bytes === undefined) throw new VerificationError('missing_object', 'the checkpoint is missing');
  const note = decodeNote(bytes);
  return { note, size: (await openCheckpoint(note, key)).size };
}

/** Where the log begins, if it says so. Its word is enough here: what it gives instead of entries is checked. */
async function readMinimumIndex(reader: LogReader): Promise<number> {
  const bytes = await reader.read(minimumIndexPath);
  return bytes === undefined ? 0 : parseMinimumIndex(bytes);
}

function indexOption(text: string | undefined, name: string, otherwise: number, size: number): number {
  if (size === 0) throw new CommandError('usage', 'The log has no entries yet');
  if (text === undefined) return otherwise;
  const index = parseIndex(text, name);
  if (index < size) return index;
  throw new CommandError('usage', `--${name} is the index of an entry, from 0 to ${size - 1}`);
}

/** The entries from index `from` up to but not including `to`, bundle by bundle, each compared with its hash. */
async function* entriesOf(reader: LogReader, from: number, to: number, size: number) {
  for (let bundle = Math.floor(from / tileWidth); bundle * tileWidth < to; bundle += 1) {
    const start = bundle * tileWidth;
    const width = Math.min(tileWidth, size - start);
    const entries = await readEntryBundle(reader, bundle, width);
    const due = await readTile(reader, 0, bundle, width);
    compareLeaves(
      entries.map((entry) => treeHasher.leaf(entry)),
      due,
      start,
      tilePath(0, bundle, width),
    );
    const first = Math.max(from, start);
    yield { start: first, entries: entries.slice(first - start, to - start) };
  }
}

function lineOf(format: Format, index: number, entry: Uint8Array): string {
  try {
    // What is not an audit record could be more than one line.
    decodeEntry(entry);
    return `${format.line(index, entry)}\n`;
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new CommandError('io', `entry ${index} is not an audit record: ${cause.message}`, { cause });
  }
}
