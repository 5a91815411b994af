import type { IPv6 } from 'ipaddr.js';
import { parseIpAddress } from './ip-address.ts';

interface Pace {
  /** Failures that cost nothing, for people who mistype; from then on the wait starts at a second and doubles. */
  readonly freeFailures: number;
  /** One failure is forgotten in this time, which so becomes the pace of a patient guesser. */
  readonly forgetOneMs: number;
}

/** 96 guesses a day in the long run; NIST SP 800-63B-4 §3.2.2 allows 100 in a row. */
const accountPace: Pace = { freeFailures: 5, forgetOneMs: 15 * 60_000 };
/** An office behind one address mistypes all day long. */
const networkPace: Pace = { freeFailures: 20, forgetOneMs: 60_000 };
const waitMsMax = 15 * 60_000;

export interface SignInThrottleOptions {
  /** Milliseconds from any start, never going back. */
  readonly nowMs: () => number;
  /** Accounts, and networks, remembered at most; the one least recently tried is dropped first. */
  readonly entriesMax?: number | undefined;
}

/**
 * Slows down guessing of passwords: per account from wherever it is tried, and per source network across accounts.
 * Kept in memory: a restart forgets it.
 */
export class SignInThrottle {
  readonly #nowMs: () => number;
  readonly #accounts: BackOff;
  readonly #networks: BackOff;
  #refused = 0;

  constructor({ nowMs, entriesMax = 10_000 }: SignInThrottleOptions) {
    this.#nowMs = nowMs;
    this.#accounts = new BackOff(accountPace, entriesMax);
    this.#networks = new BackOff(networkPace, entriesMax);
  }

  /**
   * To be asked before the password is looked at. An attempt that may go on counts as failed at once, so that many at the
   * same time are not all let through; `succeeded` takes it back. A refused attempt prolongs nothing.
   *
   * @param account the normal form of the e-mail address, whether such an account exists or not
   * @returns retryAfterSeconds: 0 when the attempt may go on
   */
  attempt(account: string, sourceIP: string | undefined): number {
    const nowMs = this.#nowMs();
    const network = networkOf(sourceIP);
    const waitMs = Math.max(this.#accounts.waitMs(account, nowMs), this.#networks.waitMs(network, nowMs));
    if (waitMs > 0) {
      this.#refused += 1;
      return Math.ceil(waitMs / 1000);
    }
    this.#accounts.addFailure(account, nowMs);
    this.#networks.addFailure(network, nowMs);
    return 0;
  }

  /**
   * Tells that an attempt that was let through had the right password. The account starts anew. Its network only gets this
   * attempt back: else one known password would pay for guessing others.
   */
  succeeded(account: string, sourceIP: string | undefined): void {
    this.#accounts.forget(account);
    this.#networks.takeBackFailure(networkOf(sourceIP));
  }

  /** Attempts refused, and accounts and networks dropped for lack of room, since the start. */
  get counts(): { readonly refused: number; readonly dropped: number } {
    return { refused: this.#refused, dropped: this.#accounts.dropped + this.#networks.dropped };
  }
}

interface Failures {
  /** As of `lastAtMs`; a fraction, since forgetting is gradual. */
  readonly count: number;
  readonly lastAtMs: number;
}

class BackOff {
  dropped = 0;
  readonly #pace: Pace;
  readonly #entriesMax: number;
  /** In the order of the last failure. */
  readonly #failures = new Map<string, Failures>();

  constructor(pace: Pace, entriesMax: number) {
    this.#pace = pace;
    this.#entriesMax = entriesMax;
  }

  waitMs(key: string, nowMs: number): number {
    const failures = this.#failures.get(key);
    if (failures === undefined || failures.count < this.#pace.freeFailures) return 0;
    const waitMs = Math.min(1000 * 2 ** (failures.count - this.#pace.freeFailures), waitMsMax);
    return failures.lastAtMs + waitMs - nowMs;
  }

  addFailure(key: string, nowMs: number): void {
    const count = this.#remembered(key, nowMs) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAtMs: nowMs });
    if (this.#failures.size > this.#entriesMax) this.#dropOldest(nowMs);
  }

  takeBackFailure(key: string): void {
    const failures = this.#failures.get(key);
    if (failures !== undefined) this.#failures.set(key, { ...failures, count: failures.count - 1 });
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  #remembered(key: string, nowMs: number): number {
    const { count, lastAtMs } = this.#failures.get(key) ?? { count: 0, lastAtMs: nowMs };
    return Math.max(0, count - (nowMs - lastAtMs) / this.#pace.forgetOneMs);
  }

  #dropOldest(nowMs: number): void {
    const [oldest = ''] = this.#failures.keys();
    if (this.#remembered(oldest, nowMs) > 0) this.dropped += 1;
    this.#failures.delete(oldest);
  }
}

/** Who is likely one party: an IPv4 address, or the /64 that one IPv6 host can pick its addresses from (RFC 4291 §2.5.1). */
function networkOf(sourceIP: string | undefined): string {
  const address = parseIpAddress(sourceIP ?? '');
  return address?.kind() === 'ipv6' ? (address as IPv6).parts.slice(0, 4).join(':') : `${address}`;
}
