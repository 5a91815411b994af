import { readFile } from 'node:fs/promises';
import { parseCertificates, TimestampError, verifyTimestamp as verify } from '@pawprint/timestamp';
import { decodeNote, openCheckpoint, parseCheckpoint, parseNote } from '@pawprint/verifier';
import { CommandError, withFile } from './command-error.ts';
import { parseArguments, readKey, readText, requireOption } from './options.ts';
import type { Output } from './output.ts';
import { count } from './progress.ts';

/** Checks an RFC 3161 time stamp of a checkpoint, and with a key that the checkpoint is the log's. */
export async function verifyTimestamp(args: readonly string[], { say }: Output): Promise<void> {
  const { subject, options } = parseArguments(args, 'which time stamp: a .tsr file', [
    'checkpoint',
    'certificates',
    'key',
  ]);
  const noteFile = requireOption(options.checkpoint, 'checkpoint', 'the file with the checkpoint it is of');
  const data = await withFile(noteFile, () => readFile(noteFile));
  const pem = await readText(
    requireOption(options.certificates, 'certificates', 'a PEM file with the certificates you trust'),
  );
  const response = await withFile(subject, () => readFile(subject));
  const { time, authority } = verify({ response, data, trusted: trustedIn(pem) });
  const note = decodeNote(data);
  const { size, origin } =
    options.key === undefined
      ? parseCheckpoint(parseNote(note).text)
      : await openCheckpoint(note, (await readKey(options.key)).key);
  say(`OK: ${authority} had the checkpoint of ${count(size)} entries of ${origin} at ${time.toISOString()}`);
  if (options.key === undefined)
    say('No key of the log was given (--key): its own signature was not checked');
}

function trustedIn(pem: string): ReturnType<typeof parseCertificates> {
  try {
    return parseCertificates(pem);
  } catch (cause) {
    if (!(cause instanceof TimestampError)) throw cause;
    throw new CommandError('usage', `--certificates: ${cause.message}`, { cause });
  }
}
