import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { VerifierKey } from '@pawprint/verifier';
import type { Journal } from '../../src/journal.ts';
import { openLedger } from '../../src/ledger.ts';
import type { LedgerError } from '../../src/ledger-error.ts';
import { openDirectoryStore } from '../../src/storage/directory-store.ts';
import { systemTimers } from '../../src/timers.ts';

/**
 * A ledger in a process of its own that touches nothing but its folder: the journal and the signing key are in the parent,
 * which also outlives it. Its retries are twenty times as fast.
 */

export type FromSequencer =
  | { readonly kind: 'ask'; readonly id: number; readonly what: string; readonly args: readonly unknown[] }
  | { readonly kind: 'settled' | 'recovered' }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

export type ToSequencer =
  | { readonly kind: 'notify' | 'settle' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown };

// Known names of temporary files, so that faults can be put on them and on nothing else that is written.
let names = 0;
crypto.randomUUID = () => {
  names += 1;
  return `temporary-0-0-0-${names}`;
};
syncBuiltinESMExports();

const answers = new Map<number, (value: unknown) => void>();
const send = (message: FromSequencer) => void process.send?.(message);

function ask<T>(what: string, ...args: unknown[]): Promise<T> {
  const id = answers.size;
  return new Promise((resolve) => {
    answers.set(id, (value) => resolve(value as T));
    send({ kind: 'ask', id, what, args });
  });
}

process.on('message', (message: ToSequencer) => {
  if (message.kind === 'answer') answers.get(message.id)?.(message.value);
});

const journal: Journal = {
  published: () => ask('published'),
  assign: (limit) => ask('assign', limit),
  publish: (next, previousSize) => ask('publish', next, previousSize),
};
const [folder = ''] = process.argv.slice(2);
const ledger = await openLedger({
  store: await openDirectoryStore(folder),
  journal,
  signer: {
    key: await ask<VerifierKey>('key'),
    vkey: await ask<string>('vkey'),
    sign: (message) => ask('sign', message),
  },
  timers: { ...systemTimers, start: (run, delayMs) => systemTimers.start(run, delayMs / 20) },
  batchEntriesMax: 300,
  onError: ({ code, message }: LedgerError) => send({ kind: 'error', code, message }),
  onRecovered: () => send({ kind: 'recovered' }),
});
process.on('message', ({ kind }: ToSequencer) => {
  if (kind === 'notify') ledger.notify();
  if (kind === 'settle') void ledger.settled().then(() => send({ kind: 'settled' }));
});
process.on('disconnect', () => process.exit());
send({ kind: 'settled' });
