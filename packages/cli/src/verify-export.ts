import { readFile } from 'node:fs/promises';
import { RecordError } from '@pawprint/record';
import { parseRangeProof, VerificationError, verifyRangeProof } from '@pawprint/verifier';
import { withFile } from './command-error.ts';
import { csvEntry, csvHeader, csvLine } from './csv.ts';
import { linesOf } from './lines.ts';
import { loggedEntry } from './opened-entry.ts';
import { parseArguments, readKey } from './options.ts';
import type { Output } from './output.ts';
import { count, progressOf } from './progress.ts';
import { sha256, treeHasher } from './sha256.ts';

/** Checks an exported file, NDJSON or CSV, against the proof beside it. */
export async function verifyExport(args: readonly string[], { say, sayAside }: Output): Promise<void> {
  const { subject, options, policy } = await parseArguments(args, 'which exported file', ['key', 'proof']);
  const { key } = await readKey(options.key);
  const proofPath = options.proof ?? `${subject}.proof`;
  const proof = parseRangeProof(await withFile(proofPath, () => readFile(proofPath)));
  const report = progressOf('hashed', sayAside);
  const leafHashes: Uint8Array[] = [];
  let isCsv: boolean | undefined;
  let wrongColumns: VerificationError | undefined;
  for await (const line of linesOf(subject)) {
    if (isCsv === undefined) {
      isCsv = line.toString() === csvHeader;
      if (isCsv) continue;
    }
    const index = proof.from + leafHashes.length;
    const entry = isCsv ? (csvEntry(line.toString()) ?? line) : line;
    leafHashes.push(treeHasher.leaf(await loggedEntry(entry)));
    if (isCsv && !isLineOf(line.toString(), index, entry)) wrongColumns ??= columnsDiffer(index);
    report(leafHashes.length, proof.leafHashes.length);
  }
  const { origin, size } = await verifyRangeProof({ leafHashes, proof, key, sha256, policy });
  if (wrongColumns !== undefined) throw wrongColumns;
  const last = proof.from + leafHashes.length - 1;
  say(`OK: entries ${count(proof.from)} to ${count(last)} of ${origin}, among the first ${count(size)}`);
}

function isLineOf(line: string, index: number, entry: Uint8Array): boolean {
  try {
    return csvLine(index, entry) === line;
  } catch (error) {
    // Whether it is an entry at all is told by its hash.
    if (error instanceof RecordError) return false;
    throw error;
  }
}

function columnsDiffer(index: number): VerificationError {
  return new VerificationError(
    'entry_mismatch',
    `the columns of entry ${index} do not say what the entry says`,
  );
}
