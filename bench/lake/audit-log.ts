import { actions as catalogue } from '@pawprint/record';

/**
 * A large audit log as five years of a busy instance would leave it: any record can be made by its number alone, and the same
 * seed always gives the same log. About 1 KB each; 60 actions and 5,000 users of uneven frequency, a quarter of all
 * calls by 200 tokens, 3 % not succeeded, a person's own few addresses and shared ones.
 */
export interface AuditLog {
  readonly size: number;
  /** The ledger entry of a record, as `encodeEntry` writes it. */
  entry(index: number): string;
  /** What to look for: all of it is in the record of that number. */
  probe(index: number): Probe;
}

export interface Probe {
  readonly rowId: string;
  readonly actorId: string;
  readonly sourceIP: string;
  /** Stands in `actionParams` of this record alone. */
  readonly targetId: string;
}

/** The time of the first record, and how long the log goes on. */
export const logStart = Date.parse('2021-11-01T00:00:00Z');
export const logEnd = Date.parse('2026-11-01T00:00:00Z');

const userCount = 5_000;
const tokenCount = 200;
const sharedAddressCount = 2_000;

export function auditLog(size: number, seed: number): AuditLog {
  const actions = Object.keys(catalogue).slice(0, 60);
  const pickAction = zipf(actions.length, 1.1);
  const pickUser = zipf(userCount, 0.8);
  const pickToken = zipf(tokenCount, 0.8);
  const pickAddress = zipf(sharedAddressCount, 1);

  const draw = (index: number) => {
    const random = generator(seed, index);
    const isToken = random() < 0.25;
    const actor = isToken ? userCount + pickToken(random()) : pickUser(random());
    const own = generator(seed + 1, actor);
    const actorId = uuid(own);
    const roleId = uuid(generator(seed + 2, actor % 20));
    // Of a person's addresses one is used mostly; the others are offices and gateways that many share.
    const address =
      random() < 0.7 ? 10_000 + actor * 3 + Math.floor(random() ** 2 * 3) : pickAddress(random());
    const sourceIP = `${11 + (address >> 16)}.${(address >> 8) & 255}.${address & 255}.${(address * 7) % 251}`;
    return {
      random,
      isToken,
      actor,
      actorId,
      roleId,
      sourceIP,
      rowId: hex(random, 32),
      targetId: uuid(random),
    };
  };
  return {
    size,
    probe: (index) => draw(index),
    entry(index) {
      const { random, isToken, actor, actorId, roleId, sourceIP, rowId, targetId } = draw(index);
      const action = actions[pickAction(random())] ?? '';
      const failed = random() < 0.032;
      const time = logStart + ((logEnd - logStart) * (index + random() * 0.5)) / size;
      const timestamp = `${new Date(time).toISOString().replace('T', ' ').slice(0, -1)}${digits(random, 6)}`;
      const others = Array.from({ length: Math.floor(random() * 3) }, () => `"${uuid(random)}"`);
      const name = `${word(random)} ${word(random)} ${word(random)}`;
      const input = `{"description":"${word(random)} ${word(random)} ${word(random)} ${word(random)}","id":"${targetId}","name":"${name}","pageSize":${10 + Math.floor(random() * 90)},"relatedIds":[${others.join(',')}]}`;
      const details =
        random() < 0.3
          ? `"actionDetails":{"after":{"name":"${name}"},"before":{"name":"${word(random)} ${word(random)}"}},`
          : '';
      const attributes = isToken
        ? `{"emailVerified":false}`
        : `{"email":"${word(generator(seed + 3, actor))}.${actor}@example.com","emailVerified":true,"roleId":"${roleId}","roleName":"Role ${actor % 20}"}`;
      return (
        `{"id":"${rowId}","record":{` +
        `"XForwardedFor":["${sourceIP}"],"actionDescription":"${action.toLowerCase().replaceAll('_', ' ')} as asked for by the caller",${details}"actionName":"${action}",` +
        `"actionParams":{"dynamic":{"input":${input}},"static":{}},"actionResult":"${failed ? 'FAILED' : 'SUCCEEDED'}",` +
        `"actor":{"attributes":${attributes},"id":"${actorId}","name":"${isToken ? 'token' : 'user'} ${actor}","type":"${isToken ? 'TOKEN' : 'USER'}"},` +
        `${failed ? '"errors":[{"message":"the caller may not do this"}],' : ''}"pantherVersion":"1.0.0","sourceIP":"${sourceIP}","timestamp":"${timestamp}",` +
        `"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${120 + (actor % 20)}.0.0.0 Safari/537.36"},"v":1}`
      );
    },
  };
}

type Random = () => number;

/** Numbers from 0 to below 1 that depend on seed and index alone (mulberry32). */
function generator(seed: number, index: number): Random {
  let state =
    Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.floor(index / 0x100000000);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Picks a rank, 0 the most frequent, with frequencies that fall by Zipf's law. */
function zipf(count: number, exponent: number): (at: number) => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += (rank + 1) ** -exponent;
    sums[rank] = sum;
  }
  return (at) => {
    let low = 0;
    for (let high = count - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < at * sum) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function hex(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    const number = Math.floor(random() * 2 ** 32);
    text += `${fourDigits[number >>> 16]}${fourDigits[number & 0xffff]}`;
  }
  return text.slice(0, length);
}

const fourDigits = Array.from({ length: 2 ** 16 }, (_, number) => number.toString(16).padStart(4, '0'));

function uuid(random: Random): string {
  const text = hex(random, 32);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
}

function digits(random: Random, count: number): string {
  return String(Math.floor(random() * 10 ** count)).padStart(count, '0');
}

const syllables = 'ka lo mi ren sta vor el an tu pri sol dek ha mun ber gi ros tal fen ova'.split(' ');

/** One of 8,000 words. */
function word(random: Random): string {
  const pick = (): string => syllables[Math.floor(random() * syllables.length)] ?? '';
  return pick() + pick() + pick();
}
