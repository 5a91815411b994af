import { keptFrom } from '@pawprint/record';
import { type Checkpoint, checkLog, openCheckpoint, VerificationError } from '@pawprint/verifier';
import { CommandError } from './command-error.ts';
import { openLog } from './log-location.ts';
import { parseArguments, parseIndex, readKey, readText, readToken } from './options.ts';
import type { Output } from './output.ts';
import { count, progressOf } from './progress.ts';
import { sha256 } from './sha256.ts';

/** Reads a whole log and recomputes everything in it, if asked against a checkpoint that was kept elsewhere. */
export async function verifyLog(args: readonly string[], { say, sayAside }: Output): Promise<void> {
  const { subject, options } = parseArguments(args, 'which log: its directory or its address', [
    'key',
    'checkpoint',
    'from',
    'token-file',
  ]);
  const { vkey, key } = await readKey(options.key);
  const known =
    options.checkpoint === undefined ? undefined : await readKeptCheckpoint(options.checkpoint, key);
  const from = options.from === undefined ? undefined : parseIndex(options.from, 'from');
  const report = progressOf('checked', sayAside);
  const { size, origin, removal } = await checkLog({
    reader: openLog(subject, await readToken(options['token-file'])),
    vkey,
    sha256,
    known,
    // Whoever says where the log begins takes nobody's word for it, not even the log's own.
    ...(from === undefined ? { keptFrom } : { from }),
    onEntries: (from, entries, size) => report(from + entries.length, size),
  });
  if (from !== undefined && from >= size)
    throw new CommandError('usage', `--from ${from} is past the log's ${size} entries`);
  say(`OK: ${count(size)} entries of ${origin}, all as signed`);
  if (from !== undefined) say(`Of entries before ${from} only the hashes were checked`);
  if (removal !== undefined) {
    const last = removal.removedTo - 1;
    say(`Entries 0 to ${last} were removed, as record ${removal.recordedAt} says; their hashes verify`);
  }
  say(
    known === undefined
      ? 'No checkpoint kept elsewhere was given (--checkpoint): a log cut back or rewritten with its key looks the same'
      : `They go on from the ${count(known.size)} entries of the checkpoint kept elsewhere`,
  );
}

/** Of the notes in a file that an instance appends its checkpoints to, which are two empty lines apart, the last. */
function lastNote(text: string): string {
  const last = text
    .split('\n\n\n')
    .filter((note) => note.trim() !== '')
    .at(-1);
  return last === undefined ? text : `${last.trimEnd()}\n`;
}

async function readKeptCheckpoint(
  path: string,
  key: Parameters<typeof openCheckpoint>[1],
): Promise<Checkpoint> {
  const note = lastNote(await readText(path));
  try {
    return await openCheckpoint(note, key);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new VerificationError(cause.code, `the checkpoint kept in ${path}: ${cause.message}`, { cause });
  }
}
