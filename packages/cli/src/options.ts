import { readFile } from 'node:fs/promises';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import {
  createWitnessPolicy,
  decodeNote,
  parseVerifierKey,
  parseWitnessKey,
  type Sha256,
  type VerifierKey,
  type WitnessPolicy,
} from '@pawprint/verifier';
import { CommandError, withFile } from './command-error.ts';
import { sha256 } from './sha256.ts';

/** What a command was called with; all options take a value. */
export interface Arguments<Name extends string> {
  /** The one argument that is no option. */
  readonly subject: string;
  readonly options: { readonly [Key in Name]?: string };
  /** Whose cosignatures are demanded, by options that all commands take; undefined for none. */
  readonly policy: WitnessPolicy | undefined;
}

/**
 * @param subject what the one argument without a name is
 * @throws {CommandError} `usage` for anything that is not expected, or missing
 */
export async function parseArguments<Name extends string>(
  args: readonly string[],
  subject: string,
  names: readonly Name[],
): Promise<Arguments<Name>> {
  const options: ParseArgsConfig['options'] = {
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    witness: { type: 'string', multiple: true },
    'witnesses-required': { type: 'string' },
  };
  const { values, positionals } = parse({ args: [...args], options, allowPositionals: true });
  const [first, ...more] = positionals;
  if (first === undefined) throw new CommandError('usage', `Say ${subject}`);
  if (more.length > 0) throw new CommandError('usage', `${more[0]} is one argument too many`);
  const { witness, 'witnesses-required': required, ...rest } = values;
  const policy = await readPolicy(witness as string[] | undefined, required as string | undefined);
  return { subject: first, options: rest as Arguments<Name>['options'], policy };
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
  return readVkey(requireOption(option, 'key', "the log's public key"), 'key', parseVerifierKey);
}

async function readPolicy(
  witnesses: readonly string[] = [],
  required: string | undefined,
): Promise<WitnessPolicy | undefined> {
  if (witnesses.length === 0 && required === undefined) return undefined;
  const count = required === undefined ? witnesses.length : Number(required);
  if (!/^\d{1,3}$/.test(required ?? '1') || count === 0 || count > witnesses.length) {
    const range = `from 1 to the ${witnesses.length} that --witness names`;
    throw new CommandError('usage', `--witnesses-required is a number ${range}`);
  }
  const keys = await Promise.all(witnesses.map((given) => readVkey(given, 'witness', parseWitnessKey)));
  return orUsage('witness', () =>
    createWitnessPolicy(
      keys.map(({ key }) => key),
      count,
    ),
  );
}

/** The text of a "vkey", or of the file that holds one. */
async function readVkey<Key>(
  given: string,
  option: string,
  parseKey: (vkey: string, hash: Sha256) => Key,
): Promise<{ vkey: string; key: Key }> {
  const isText = /^[^+/\\]\S*\+[0-9a-f]{8}\+/.test(given);
  const vkey = isText ? given : (await readText(given)).trim();
  return { vkey, key: orUsage(option, () => parseKey(vkey, sha256)) };
}

function orUsage<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CommandError('usage', `--${option}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
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
