import assert from 'node:assert/strict';
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ActionError } from '../actions/action-error.ts';
import { normalizePassword } from './password-policy.ts';

/** argon2id as OWASP's password storage cheat sheet advises: 19 MiB, 2 passes, 1 lane (RFC 9106 §3.1). */
const current = { memoryKiB: 19 * 1024, passes: 2, parallelism: 1, saltBytes: 16, tagBytes: 32 };

/** Two at a time take 38 MiB; libuv's other threads stay free for files. */
const concurrencyMax = 2;
/** More than this would wait for seconds. */
const waitingMax = 100;

const deriveKey = promisify(argon2);

/**
 * A password's argon2id hash in PHC string form, with a salt of its own.
 *
 * @throws ActionError RATE_LIMITED when too many passwords are being hashed.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(current.saltBytes);
  return phcString(salt, await derive(password, { ...current, salt }));
}

/**
 * Whether this is the password of a stored hash. Where there is none (no such account, or none set yet) the answer is false
 * after as much work, so that the time taken does not tell which accounts exist.
 *
 * @throws ActionError RATE_LIMITED when too many passwords are being hashed.
 */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const expected = parsePhcString(stored ?? nobody);
  const key = await derive(password, expected);
  return timingSafeEqual(key, expected.tag) && stored !== null && stored !== undefined;
}

/** Whether a hash was made with other costs than today's, and should be made again while the password is at hand. */
export function needsRehash(stored: string): boolean {
  const { memoryKiB, passes, parallelism, tag } = parsePhcString(stored);
  return (
    memoryKiB !== current.memoryKiB ||
    passes !== current.passes ||
    parallelism !== current.parallelism ||
    tag.length !== current.tagBytes
  );
}

interface Parameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly tagBytes: number;
}

function derive(password: string, parameters: Parameters): Promise<Buffer> {
  return inTurn(() =>
    deriveKey('argon2id', {
      message: normalizePassword(password),
      nonce: parameters.salt,
      parallelism: parameters.parallelism,
      tagLength: parameters.tagBytes,
      memory: parameters.memoryKiB,
      passes: parameters.passes,
    }),
  );
}

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (waiting.length >= waitingMax) {
    throw new ActionError('RATE_LIMITED', 'Too many sign-ins at once; try again in a moment', {
      retryAfterSeconds: 5,
    });
  }
  if (running === concurrencyMax) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    // Whoever is next takes over this place.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

const phcPattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function parsePhcString(text: string): Parameters & { readonly tag: Buffer } {
  const [, memoryKiB, passes, parallelism, salt, tag] = phcPattern.exec(text) ?? [];
  assert(
    salt !== undefined && tag !== undefined,
    'a stored password hash must be argon2id in PHC string form',
  );
  const tagBytes = Buffer.from(tag, 'base64');
  return {
    memoryKiB: Number(memoryKiB),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tagBytes: tagBytes.length,
    tag: tagBytes,
  };
}

/** The PHC string format writes Base64 without padding. */
function phcString(salt: Uint8Array, tag: Uint8Array): string {
  const [saltText, tagText] = [salt, tag].map((bytes) =>
    Buffer.from(bytes).toString('base64').replace(/=+$/, ''),
  );
  const { memoryKiB, passes, parallelism } = current;
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${saltText}$${tagText}`;
}

/** Stands in for the hash of an account that does not exist. */
const nobody = phcString(new Uint8Array(current.saltBytes), new Uint8Array(current.tagBytes));
