import { parseTlogProof, VerificationError, verifyTlogProof } from '@pawprint/verifier';
import { CommandError } from './command-error.ts';
import { linesOf } from './lines.ts';
import { loggedEntry } from './opened-entry.ts';
import { parseArguments, readKey } from './options.ts';
import type { Output } from './output.ts';
import { count } from './progress.ts';
import { sha256 } from './sha256.ts';

/** Checks a file of entries with their proofs, a line each, as the Data Explorer gives them out for rows of a query. */
export async function verifyRecords(args: readonly string[], { say }: Output): Promise<void> {
  const { subject, options, policy } = await parseArguments(args, 'which file of records and proofs', [
    'key',
  ]);
  const { key } = await readKey(options.key);
  let verified = 0;
  for await (const line of linesOf(subject)) {
    const { entry, proof } = parseLine(line.toString(), verified + 1);
    await verifyTlogProof({
      ...{ entry: await loggedEntry(Buffer.from(entry)), proof: parseTlogProof(proof) },
      ...{ key, sha256, policy },
    }).catch((error) => {
      if (!(error instanceof VerificationError)) throw error;
      throw new VerificationError(error.code, `line ${verified + 1}: ${error.message}`);
    });
    verified += 1;
  }
  if (verified === 0) throw new CommandError('usage', `${subject} holds no records`);
  say(`OK: ${count(verified)} ${verified === 1 ? 'entry' : 'entries'} of ${key.name}`);
}

function parseLine(line: string, number: number): { readonly entry: string; readonly proof: string } {
  try {
    const { entry, proof } = JSON.parse(line);
    if (typeof entry === 'string' && typeof proof === 'string') return { entry, proof };
  } catch {
    // As what is JSON of another form.
  }
  throw new VerificationError('malformed_proof', `line ${number} is not an entry with its proof`);
}
