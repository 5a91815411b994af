import { readFile } from 'node:fs/promises';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { decodeNote, parseVerifierKey, type VerifierKey } from '@pawprint/verifier';
import { CommandError, withFile } from './command-error.ts';
import { sha256 } from './sha256.ts';

/** What a command was called with; all options take a value. */
export interface Arguments<Name extends string> {
  /** The one argument that is no option. */
  readonly subject: string;
  readonly options: { readonly [Key in Name]?: string };
}

/**
 * @param subject what the one argument without a name is
 * @throws {CommandError} `usage` for anything that is not expected, or missing
 */
export function parseArguments<Name extends string>(
  args: readonly string[],
  subject: string,
  names: readonly Name[],
): Arguments<Name> {
  const options: ParseArgsConfig['options'] = Object.fromEntries(
    names.map((name) => [name, { type: 'string' }]),
  );
  const { values, positionals } = parse({ args: [...args], options, allowPositionals: true });
  const [first, ...more] = positionals;
  if (first === undefined) throw new CommandError('usage', `Say ${subject}`);
  if (more.length > 0) throw new CommandError('usage', `${more[0]} is one argument too many`);
  return { subject: first, options: values as Arguments<Name>['options'] };
}

function parse(config: ParseArgsConfig) {
  try {
    return parseArgs(config);
  } catch (cause) {
    throw new CommandError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A log's public key: the text of a "vkey", or a file that holds one. */
export async function readKey(option: string | undefined): Promise<{ vkey: string; key: VerifierKey }> {
  const given = requireOption(option, 'key', "the log's public key");
  const isText = /^[^+/\\]\S*\+[0-9a-f]{8}\+/.test(given);
  const vkey = isText ? given : (await readText(given)).trim();
  try {
    return { vkey, key: parseVerifierKey(vkey, sha256) };
  } catch (cause) {
    throw new CommandError('usage', `--key: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The API token in a file. On the command line itself every user of the machine could see it. */
export async function readToken(option: string | undefined): Promise<string | undefined> {
  return option === undefined ? undefined : (await readText(option)).trim();
}

/** The index of an entry. */
export function parseIndex(text: string, name: string): number {
  const index = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(index)) return index;
  throw new CommandError('usage', `--${name} is the index of an entry, such as 300`);
}

export async function readText(path: string): Promise<string> {
  return decodeNote(await withFile(path, () => readFile(path)));
}

export function requireOption(value: string | undefined, name: string, what: string): string {
  if (value === undefined || value === '') throw new CommandError('usage', `Say ${what} with --${name}`);
  return value;
}
