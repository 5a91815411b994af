import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import { SignInThrottle } from '../src/access/sign-in-throttle.ts';
import type { PublishedLog, Services } from '../src/actions/services.ts';
import type { SubjectKeys } from '../src/sealing/subject-keys.ts';
import type { WitnessSigner } from '../src/witnesses/witness-signer.ts';

/** The services of an instance that has a ledger and nothing else. */
export function createTestServices({
  ledger,
  witnessSigner,
  subjectKeys,
  epochNanoseconds = () => Temporal.Now.instant().epochNanoseconds,
}: {
  readonly ledger: PublishedLog;
  readonly witnessSigner: WitnessSigner;
  readonly subjectKeys: SubjectKeys;
  readonly epochNanoseconds?: () => bigint;
}): Services {
  return {
    version: '0.0.0',
    now: () => new Date(Number(epochNanoseconds() / 1_000_000n)).toISOString(),
    epochNanoseconds,
    newId: randomUUID,
    sha256: (bytes) => hash('sha256', bytes),
    consoleLink: async (_, path, secret) => `http://console${path}#token=${secret}`,
    capacity: { hasRoom: true, check: async () => {}, stop: () => {} },
    signInThrottle: new SignInThrottle({ nowMs: () => performance.now() }),
    ledger,
    witnessSigner,
    subjectKeys,
    contentChecker: { check: () => Promise.reject(new Error('no checker')) },
    uploads: { start: () => {}, requireIdle: () => {}, job: () => assert.fail() },
    validations: { start: () => {}, requireIdle: () => {}, job: () => assert.fail() },
    eraser: { wake: () => {}, progress: () => 0 },
    recordSearch: {
      page: async () => ({ entries: [], next: undefined, end: 0 }),
      count: async () => assert.fail('nothing is counted'),
    },
    lakeTables: [],
    tableRepairs: {
      start: () => {},
      progress: () => undefined,
      damagedFiles: async () => [],
      source: () => undefined,
    },
    queries: {
      start: () => {},
      cancel: () => {},
      running: () => 0,
      status: async () => undefined,
      ended: async () => {},
      results: async () => undefined,
      resultRows: () => Promise.reject(new Error('no lake')),
      resultParquet: () => Promise.reject(new Error('no lake')),
      summarizeResult: () => Promise.reject(new Error('no lake')),
      forgetRemoved: async () => {},
      surplusResults: async () => [],
      deleteResults: async () => {},
    },
    backtests: {
      start: () => {},
      stop: () => {},
      unfinished: 0,
      status: async () => undefined,
      ended: async () => {},
      deleteResults: async () => {},
      close: async () => {},
    },
    scheduledQueries: { changed: () => {} },
    anchors: { offered: { email: false, file: false }, send: async () => {}, changed: () => {} },
    alertDeliveries: {
      wake: () => {},
      unavailable: () => undefined,
      sendTest: async () => ({ statusCode: null, message: '' }),
      forget: () => {},
    },
    countEvents: async () => [],
    readAlertEvents: async () => ({ events: [], nextCursor: null }),
    retention: { wake: () => {}, status: () => ({ ledgerBytes: null, recordsToLock: null }) },
    wakeLakeRows: () => {},
    wakeLakeLoader: () => {},
    detectionsChanged: () => {},
  };
}
