import { TimestampError, type TimestampErrorCode } from '@pawprint/timestamp';
import { VerificationError, type VerificationErrorCode } from '@pawprint/verifier';
import { CommandError } from './command-error.ts';
import { exportRecords } from './export-records.ts';
import type { Output } from './output.ts';
import { TestsFailed } from './tests-failed.ts';
import { verifyExport } from './verify-export.ts';
import { verifyLog } from './verify-log.ts';
import { verifyRecord } from './verify-record.ts';
import { verifyRecords } from './verify-records.ts';
import { verifyTimestamp } from './verify-timestamp.ts';

type Command = (args: readonly string[], output: Output) => Promise<void>;

const commands: { readonly [name: string]: Command } = {
  'verify record': verifyRecord,
  'verify records': verifyRecords,
  'verify export': verifyExport,
  'verify log': verifyLog,
  'verify timestamp': verifyTimestamp,
  export: exportRecords,
  // The sandboxes of detections are loaded for this command alone.
  test: async (...args) => (await import('./test-detections.ts')).testDetections(...args),
};

const usage = `Usage:
  pawprint verify record <entry file> --proof <.tlog-proof file> --key <key> [<witnesses>]
  pawprint verify records <file> --key <key> [<witnesses>]
  pawprint verify export <file> [--proof <file>] --key <key> [<witnesses>]
  pawprint verify log <directory or address> --key <key> [--checkpoint <file>] [--from <index>]
                      [--token-file <file>] [<witnesses>]
  pawprint verify timestamp <.tsr file> --checkpoint <file> --certificates <PEM file> [--key <key>]
  pawprint export <address or directory> --key <key> --out <file> [--token-file <file>]
                  [--format ndjson|csv] [--from <index>] [--to <index>] [<witnesses>]
  pawprint test [<file or folder> …] [--filter <text>] [--junit <file>] [--watch]

<key> is the log's public key, or a file with it. An instance shows it under /ledger/vkey; keep it from the
first day, as what an intruder could change proves nothing. An address is such as https://example.com/ledger/.
<witnesses> is --witness <key> for each witness that you trust, and --witnesses-required <number> of them that
must have cosigned; all of them unless said otherwise.

Exit codes: 0 all is well, 1 something does not verify or a test fails, 2 it could not be found out.`;

/** What each finding is, in a word. */
const kinds: { readonly [Code in VerificationErrorCode | TimestampErrorCode]: string } = {
  entry_mismatch: 'changed',
  tile_mismatch: 'changed',
  root_mismatch: 'changed',
  entry_missing: 'missing',
  missing_object: 'missing',
  entries_reordered: 'reordered',
  forked: 'forked',
  truncated: 'truncated',
  malformed_bundle: 'damaged',
  malformed_checkpoint: 'damaged',
  malformed_index: 'damaged',
  malformed_key: 'damaged',
  malformed_note: 'damaged',
  malformed_policy: 'damaged',
  malformed_proof: 'damaged',
  malformed_tile: 'damaged',
  invalid_proof: 'not proven',
  unknown_key: 'not signed',
  bad_signature: 'not signed',
  wrong_origin: 'not signed',
  not_witnessed: 'not witnessed',
  rejected: 'not stamped',
  malformed: 'damaged',
  wrong_imprint: 'changed',
  wrong_nonce: 'not stamped',
  untrusted: 'not stamped',
  expired: 'not stamped',
  wrong_purpose: 'not stamped',
};

/** Runs a command. @returns its exit code */
export async function run(args: readonly string[], output: Output): Promise<number> {
  const [first = '', second = '', ...rest] = args;
  if (args.length === 0 || args.includes('--help')) {
    output.say(usage);
    return args.length === 0 ? 2 : 0;
  }
  try {
    const [command, given] =
      first in commands ? [commands[first], args.slice(1)] : [commands[`${first} ${second}`], rest];
    if (command === undefined)
      throw new CommandError('usage', `There is no command ${first} ${second}`.trimEnd());
    await command(given, output);
    return 0;
  } catch (error) {
    if (error instanceof VerificationError || error instanceof TimestampError) {
      output.sayAside(`FAILED: ${kinds[error.code]}: ${error.message}`);
      return 1;
    }
    if (error instanceof TestsFailed) {
      output.sayAside(error.message);
      return 1;
    }
    output.sayAside(describe(error));
    return 2;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof CommandError)) return `pawprint failed by a mistake of its own: ${String(error)}`;
  return error.code === 'usage' ? `${error.message}\nSee pawprint --help` : error.message;
}

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2), {
    say: (line) => process.stdout.write(`${line}\n`),
    sayAside: (line) => process.stderr.write(`${line}\n`),
  });
}
