import { hash, randomUUID } from 'node:crypto';
import { SignInThrottle } from '../src/access/sign-in-throttle.ts';
import type { PublishedLog, Services } from '../src/actions/services.ts';

/** The services of an instance that has a ledger and nothing else. */
export function createTestServices(
  ledger: PublishedLog,
  epochNanoseconds = () => Temporal.Now.instant().epochNanoseconds,
): Services {
  return {
    version: '0.0.0',
    now: () => new Date(Number(epochNanoseconds() / 1_000_000n)).toISOString(),
    epochNanoseconds,
    newId: randomUUID,
    sha256: (bytes) => hash('sha256', bytes),
    consoleLink: (path, secret) => `http://console${path}#token=${secret}`,
    capacity: { hasRoom: true, check: async () => {}, stop: () => {} },
    signInThrottle: new SignInThrottle({ nowMs: () => performance.now() }),
    ledger,
    lakeTables: [],
    queries: {
      start: () => {},
      cancel: () => {},
      status: async () => undefined,
      ended: async () => {},
      results: async () => undefined,
    },
    anchors: { offered: { email: false, file: false }, send: async () => {}, changed: () => {} },
    retention: { wake: () => {}, status: () => ({ ledgerBytes: null, recordsToLock: null }) },
    wakeLakeLoader: () => {},
  };
}
