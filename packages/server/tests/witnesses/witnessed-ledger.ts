import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSigner, openDirectoryStore, openLedger } from '@pawprint/ledger';
import { type AuditRecord, decodeEntry } from '@pawprint/record';
import {
  cosignatureLine,
  cosignedMessage,
  createVerifierKey,
  formatNote,
  formatVerifierKey,
  parseAddCheckpoint,
  parseNote,
  type WitnessKey,
} from '@pawprint/verifier';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { startInstance } from '../../src/actions/instance/start-instance.ts';
import { type Call, createActionRunner } from '../../src/actions/run-action.ts';
import type { PublishedLog } from '../../src/actions/services.ts';
import { updateWitnessSettings } from '../../src/actions/witness/witness-settings.ts';
import { createSendOutbound } from '../../src/outbound/outbound-request.ts';
import { createKeyWrapper } from '../../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../../src/sealing/subject-keys.ts';
import { OutboxJournal } from '../../src/store/outbox-journal.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createSystemErrors } from '../../src/system-errors/system-errors.ts';
import { CosignedCheckpoints } from '../../src/witnesses/cosigned-checkpoints.ts';
import { startCosigningRounds } from '../../src/witnesses/cosigning-rounds.ts';
import { openWitnessSigner } from '../../src/witnesses/witness-signer.ts';
import { sha256 } from '../test-log.ts';
import { createTestServices } from '../test-services.ts';

/** A ledger with its witnesses, in a hurry: pauses are of milliseconds. */
export interface WitnessedLedger {
  readonly log: PublishedLog;
  readonly store: Store;
  /** Has the ledger witnessed by these, under the names `w0`, `w1` …. */
  use(witnesses: readonly FickleWitness[], required: number): Promise<void>;
  /** Does something that is recorded, and waits until it is published. */
  act(): Promise<void>;
  /** The records of system errors of witnesses: `REPORT_SYSTEM_ERROR <subject>: <message>`. */
  errors(): Promise<readonly string[]>;
  /** What went wrong with the rounds themselves. */
  readonly faults: readonly unknown[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param timeoutMs how long a witness is waited for */
export async function openWitnessedLedger({
  timeoutMs = 10_000,
}: {
  readonly timeoutMs?: number | undefined;
} = {}): Promise<WitnessedLedger> {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-witnessed-'));
  const store = await openSqliteStore(join(folder, 'pawprint.db'));
  const journal = await OutboxJournal.open(store, 'pawprint/witnessed');
  const objects = await openDirectoryStore(join(folder, 'ledger'));
  const signer = await createSigner(join(folder, 'ledger.pem'), journal.origin);
  const ledger = await openLedger({ store: objects, journal, signer, publishIntervalMs: 1 });
  const checkpoints = await CosignedCheckpoints.open(store, objects);
  const log = checkpoints.over(ledger);
  const witnessSigner = await openWitnessSigner(join(folder, 'witness.pem'));
  const faults: unknown[] = [];
  const subjectKeys = new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(Buffer.alloc(32)) });
  const runner = createActionRunner({
    transact: store.transact,
    reader: store.reader,
    services: createTestServices({ ledger: log, witnessSigner, subjectKeys }),
    onRecorded: () => ledger.notify(),
    onInternalError: (error) => faults.push(error),
  });
  const systemErrors = await createSystemErrors({
    reader: store.reader,
    bySystem: (_, input) => call(input),
    onFailure: (error) => faults.push(error),
  });
  systemErrors.start(runner);
  const loopback = parseCidrBlock('127.0.0.1/32');
  assert(loopback);
  const rounds = startCosigningRounds({
    ledger,
    checkpoints,
    store,
    send: createSendOutbound([loopback]),
    systemErrors,
    nowMs: () => performance.now(),
    onError: (error) => faults.push(error),
    timing: { pauseMs: 5, timeoutMs, backOffMs: { first: 10, last: 100 } },
  });
  await runner.run(startInstance, call({}));

  return {
    log,
    store,
    faults,
    async use(witnesses, required) {
      const settings = witnesses.map(({ vkey, url }, at) => ({ name: `w${at}`, vkey, url }));
      const ownWitness = { enabled: false, logs: [] };
      await runner.run(updateWitnessSettings, call({ input: { witnesses: settings, required, ownWitness } }));
    },
    async act() {
      await runner.run(startInstance, call({}));
      await ledger.settled();
    },
    async errors() {
      await ledger.settled();
      const records = (await ledger.read(0, ledger.size)).map((entry) => decodeEntry(entry).record);
      return records.filter(({ actionName }) => actionName.endsWith('SYSTEM_ERROR')).map(describe);
    },
    async [Symbol.asyncDispose]() {
      await rounds.stop();
      systemErrors.stop();
      await ledger.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

function describe({ actionName, actionParams }: AuditRecord): string {
  const { subject, message } = (actionParams?.dynamic ?? {}) as { subject: string; message?: string };
  return `${actionName} ${subject}${message === undefined ? '' : `: ${message}`}`;
}

function call(input: Record<string, unknown>): Call {
  return {
    caller: { kind: 'system' },
    origin: {},
    description: '',
    input,
    params: { dynamic: input, static: {} },
  };
}

/** Waits until something holds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 3_000; attempt += 1) {
    if (await holds()) return;
    await delay(20);
  }
  throw new Error(`it did not come to be that ${what}`);
}

/** What a witness was asked, and what it can answer with. */
export interface Asked {
  readonly body: string;
  readonly response: ServerResponse;
  readonly key: WitnessKey;
  readonly privateKey: KeyObject;
  /** The answer of a witness that does as it should. */
  honest(): void;
}

/** A witness on this machine that does as a test says. */
export interface FickleWitness {
  readonly vkey: string;
  readonly key: WitnessKey;
  readonly url: string;
  /** How often it was asked. */
  readonly asked: number;
  behave(as: (asked: Asked) => void): void;
  close(): void;
}

export async function startWitness(name: string): Promise<FickleWitness> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey(name, raw, sha256, 'cosignature');
  let asked = 0;
  let size = 0;
  let behaviour = ({ honest }: Asked) => honest();
  const server = createServer(async (request, response) => {
    asked += 1;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    behaviour({ body, response, key, privateKey, honest });

    function honest(): void {
      const { oldSize, note, checkpoint } = parseAddCheckpoint(body);
      if (oldSize !== size) {
        response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${size}\n`);
        return;
      }
      size = checkpoint.size;
      response.end(cosign(note, key, privateKey));
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    vkey: formatVerifierKey(key),
    key,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked;
    },
    behave(as) {
      behaviour = as;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The answer of a witness: its signature line. */
export function cosign(note: string, key: WitnessKey, privateKey: KeyObject): string {
  const { text } = parseNote(note);
  const timestamp = Math.floor(Date.now() / 1_000);
  const signature = sign(null, cosignedMessage(text, timestamp), privateKey);
  return formatNote({ text, signatures: [cosignatureLine(key, timestamp, signature)] }).slice(
    text.length + 1,
  );
}
