import {
  type Checkpoint,
  checkLog,
  openCheckpoint,
  VerificationError,
  type WitnessedHead,
} from '@pawprint/verifier';
import { openLog } from './log-location.ts';
import { parseArguments, readKey, readText, readToken } from './options.ts';
import type { Output } from './output.ts';
import { count, progressOf } from './progress.ts';
import { sha256 } from './sha256.ts';

/** Reads a whole log and recomputes everything in it, if asked against a checkpoint that was kept elsewhere. */
export async function verifyLog(args: readonly string[], { say, sayAside }: Output): Promise<void> {
  const { subject, options, policy } = await parseArguments(args, 'which log: its directory or its address', [
    'key',
    'checkpoint',
    'token-file',
  ]);
  const { vkey, key } = await readKey(options.key);
  const known =
    options.checkpoint === undefined ? undefined : await readKeptCheckpoint(options.checkpoint, key);
  const report = progressOf('checked', sayAside);
  const checkpoint = await checkLog({
    reader: openLog(subject, await readToken(options['token-file'])),
    vkey,
    sha256,
    known,
    policy,
    onEntries: (from, entries, size) => report(from + entries.length, size),
  });
  say(`OK: ${count(checkpoint.size)} entries of ${checkpoint.origin}, all as signed`);
  if (known !== undefined) {
    say(`They go on from the ${count(known.size)} entries of the checkpoint kept elsewhere`);
  }
  if (checkpoint.witnessed !== undefined) say(describeWitnessed(checkpoint.witnessed, checkpoint.size));
  else if (known === undefined) {
    say(
      'No checkpoint kept elsewhere was given (--checkpoint), nor witnesses (--witness): a log cut back or rewritten with its key looks the same',
    );
  }
}

function describeWitnessed({ size, cosignatures }: WitnessedHead, logSize: number): string {
  const newest = Math.max(...cosignatures.map(({ timestamp }) => timestamp));
  const names = cosignatures.map(({ key }) => key.name).join(', ');
  const later =
    logSize === size ? '' : `; only the log itself vouches for the ${count(logSize - size)} after them`;
  return `The first ${count(size)} were cosigned by ${names}, last at ${new Date(newest * 1_000).toISOString()}${later}`;
}

async function readKeptCheckpoint(
  path: string,
  key: Parameters<typeof openCheckpoint>[1],
): Promise<Checkpoint> {
  const note = await readText(path);
  try {
    return await openCheckpoint(note, key);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new VerificationError(cause.code, `the checkpoint kept in ${path}: ${cause.message}`, { cause });
  }
}
