import { parseIpAddress } from '../access/ip-address.ts';

/** Refusals of anonymous requests that one network may put on record. */
const burst = 120;
const refillPerMinute = 60;
const networksMax = 10_000;
const sweepIntervalMs = 10_000;

export type Admission =
  /** Record it, with how many went unrecorded: of this network since its last, and of networks forgotten since. */
  | { readonly kind: 'record'; readonly unrecordedRefusals: number }
  | { readonly kind: 'over'; readonly retryAfterSeconds: number };

interface Bucket {
  tokens: number;
  updatedMs: number;
  unrecorded: number;
}

/**
 * Keeps strangers from filling the ledger with refusals: a token bucket for each IPv4 address and IPv6 /64 network.
 * What goes unrecorded is counted. Networks beyond the first ten thousand at a time share one bucket, so memory and the
 * total rate are bounded whoever asks.
 */
export class AnonymousLimit {
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #shared: Bucket;
  #forgottenUnrecorded = 0;
  #sweptMs: number;

  /** @param nowMs a clock that never goes back, in milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sweptMs = nowMs();
    this.#shared = newBucket(nowMs());
  }

  /** Takes room for the record of one refusal from the address's network. */
  take(address: string | undefined): Admission {
    const bucket = this.#bucket(network(address));
    this.#refill(bucket);
    if (bucket.tokens < 1) {
      bucket.unrecorded++;
      return { kind: 'over', retryAfterSeconds: secondsUntilRoom(bucket) };
    }
    bucket.tokens--;
    const unrecordedRefusals = bucket.unrecorded + this.#forgottenUnrecorded;
    bucket.unrecorded = 0;
    this.#forgottenUnrecorded = 0;
    return { kind: 'record', unrecordedRefusals };
  }

  /** Gives room back that was taken for a request which then was not refused. */
  giveBack(address: string | undefined): void {
    this.#bucket(network(address)).tokens++;
  }

  #bucket(key: string): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= networksMax) this.#sweep();
    if (this.#buckets.size >= networksMax) return this.#shared;
    const bucket = newBucket(this.#nowMs());
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** Forgets networks whose bucket is full again: a new one is the same. */
  #sweep(): void {
    if (this.#nowMs() - this.#sweptMs < sweepIntervalMs) return;
    this.#sweptMs = this.#nowMs();
    for (const [key, bucket] of this.#buckets) {
      this.#refill(bucket);
      if (bucket.tokens < burst) continue;
      this.#forgottenUnrecorded += bucket.unrecorded;
      this.#buckets.delete(key);
    }
  }

  #refill(bucket: Bucket): void {
    const nowMs = this.#nowMs();
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.updatedMs) * refillPerMinute) / 60_000);
    bucket.updatedMs = nowMs;
  }
}

function newBucket(nowMs: number): Bucket {
  return { tokens: burst, updatedMs: nowMs, unrecorded: 0 };
}

function secondsUntilRoom({ tokens }: Bucket): number {
  return Math.ceil(((1 - tokens) * 60) / refillPerMinute);
}

/** An IPv6 subscriber commonly has a whole /64 (RFC 6177); what has no address is one network. */
function network(address: string | undefined): string {
  const parsed = parseIpAddress(address ?? '');
  if (parsed === undefined) return '';
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex');
}
