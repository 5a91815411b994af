import { readFile } from 'node:fs/promises';
import { parseTlogProof, verifyTlogProof } from '@pawprint/verifier';
import { withFile } from './command-error.ts';
import { loggedEntry } from './opened-entry.ts';
import { parseArguments, readKey, readText, requireOption } from './options.ts';
import type { Output } from './output.ts';
import { sha256 } from './sha256.ts';

/** Checks one entry in a file against its C2SP tlog-proof. */
export async function verifyRecord(args: readonly string[], { say }: Output): Promise<void> {
  const { subject, options, policy } = await parseArguments(args, 'which file the entry is in', [
    'key',
    'proof',
  ]);
  const { key } = await readKey(options.key);
  const proof = parseTlogProof(
    await readText(requireOption(options.proof, 'proof', "the record's .tlog-proof file")),
  );
  const entry = await loggedEntry(withoutLineEnd(await withFile(subject, () => readFile(subject))));
  const { origin, size } = await verifyTlogProof({ entry, proof, key, sha256, policy });
  say(`OK: entry ${proof.index} of ${origin}, among the first ${size}`);
}

/** Editors end a file with a line feed; an entry, being JSON on one line, does not have one. */
function withoutLineEnd(bytes: Buffer): Buffer {
  const end = bytes.at(-1) === 10 ? bytes.length - (bytes.at(-2) === 13 ? 2 : 1) : bytes.length;
  return bytes.subarray(0, end);
}
