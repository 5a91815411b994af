import { hash } from 'node:crypto';
import {
  createTreeHasher,
  createWitnessPolicy,
  parseCheckpoint,
  parseNote,
  parseWitnessKey,
  readConsistencyProof,
  readCosignatures,
  type WitnessPolicy,
} from '@pawprint/verifier';
import type { PublishedLog } from '../actions/services.ts';
import { readSetting, type Settings } from '../actions/settings/settings.ts';
import type { SendOutbound } from '../outbound/outbound-request.ts';
import type { Store } from '../store/store.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { askWitness, type ShownCheckpoint, type WitnessAnswer } from './ask-witness.ts';
import type { CosignedCheckpoints } from './cosigned-checkpoints.ts';

export interface RoundTiming {
  /** Between rounds, so that a ledger under load does not ask for each of its checkpoints. */
  readonly pauseMs: number;
  /** For one request to a witness. */
  readonly timeoutMs: number;
  /** Until a witness that failed is asked again: at first, and doubled each time up to the last. */
  readonly backOffMs: { readonly first: number; readonly last: number };
}

const usualTiming: RoundTiming = {
  pauseMs: 1_000,
  timeoutMs: 5_000,
  backOffMs: { first: 5_000, last: 300_000 },
};

/**
 * A witness is a system error once it has failed so often in a row. That is a record, and so is its end; both make another
 * checkpoint to be cosigned, and with a witness that only stumbles this would go on for ever. For the same reason a witness
 * that has been one is waited for longer.
 */
const failuresBeforeError = 3;

export interface CosigningRoundsOptions {
  readonly ledger: Omit<PublishedLog, 'witnessed'>;
  readonly checkpoints: CosignedCheckpoints;
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly send: SendOutbound;
  readonly systemErrors: Pick<SystemErrors, 'report' | 'resolve'>;
  /** Milliseconds that never go back. */
  nowMs(): number;
  /** A round failed by a fault of the instance's own, such as a full disk; it is tried again. */
  onError(error: unknown): void;
  readonly timing?: RoundTiming;
}

export interface CosigningRounds {
  /** Waits for no witness, and asks no more. */
  stop(): Promise<void>;
}

type WitnessSetting = Settings['witnesses']['witnesses'][number];

/** How it went with a witness, at one address, in this run. */
interface Patience {
  /** In a row. */
  readonly failures: number;
  /** How often it became a system error. */
  readonly troubles: number;
  /** Not before. */
  readonly nextMs: number;
}

const noTrouble: Patience = { failures: 0, troubles: 0, nextMs: Number.NEGATIVE_INFINITY };

const hasher = createTreeHasher((data) => hash('sha256', data, 'buffer'));

/**
 * Has the newest checkpoint cosigned by the witnesses of the settings, one round after another, beside the ledger and never in
 * its way. When all have cosigned the newest one, or are being waited for, nothing happens until there is a newer one.
 */
export function startCosigningRounds(options: CosigningRoundsOptions): CosigningRounds {
  const { ledger, checkpoints, store, systemErrors, nowMs, onError, timing = usualTiming } = options;
  const patience = new Map<string, Patience>();
  const stopping = Promise.withResolvers<void>();
  let stopped = false;
  let news = Promise.withResolvers<void>();
  let lastSettings = '';

  async function run(): Promise<void> {
    while (!stopped) {
      const seen = news.promise;
      const waitMs = await round().catch((error: unknown) => {
        onError(error);
        return timing.backOffMs.first;
      });
      await Promise.race([stopping.promise, later(timing.pauseMs)]);
      await Promise.race([stopping.promise, seen, ...(waitMs === undefined ? [] : [later(waitMs)])]);
    }
  }

  /** @returns the milliseconds until a witness that failed may be asked again, if there is one. */
  async function round(): Promise<number | undefined> {
    await checkpoints.flush();
    const settings = await readSetting(store.reader, 'witnesses');
    await forgetRemoved(settings);
    if (settings.witnesses.length === 0) return undefined;
    const { witnesses } = settings;
    const policy = policyOf(settings);
    const checkpoint = shown(ledger);
    const cosigned = await readCosignatures(checkpoints.cosigned(checkpoint.note), policy.witnesses);
    const missing = witnesses.filter((_, at) => !cosigned.some(({ key }) => key === policy.witnesses[at]));
    const due = missing.filter((witness) => patienceWith(witness).nextMs <= nowMs());
    await Promise.all(due.map((witness) => askOne(witness, checkpoint, policy)));
    const failing = witnesses.map(patienceWith).filter(({ failures }) => failures > 0);
    return failing.length === 0
      ? undefined
      : Math.max(0, Math.min(...failing.map(({ nextMs }) => nextMs)) - nowMs());
  }

  async function askOne(
    witness: WitnessSetting,
    checkpoint: ShownCheckpoint,
    policy: WitnessPolicy,
  ): Promise<void> {
    const key = parseWitnessKey(witness.vkey, sha256);
    const { vkey, url } = witness;
    const row = await store.reader
      .selectFrom('witness_states')
      .select('size')
      .where('vkey', '=', vkey)
      .executeTakeFirst();
    const asked = { key, url, size: row?.size ?? 0 };
    const answer = await Promise.race([
      askWitness(options.send, asked, checkpoint, timing.timeoutMs),
      stopping.promise,
    ]);
    if (answer === undefined) return;
    if (answer.kind !== 'cosigned') return failed(witness, answer);

    const { signature, timestamp } = answer.cosignature;
    const note = checkpoints.add(checkpoint.note, signature);
    const cosignedAt = new Date(timestamp * 1_000).toISOString();
    await keepState({ vkey, size: checkpoint.size, cosigned_at: cosignedAt, error: null });
    const count = (await readCosignatures(note, policy.witnesses)).length;
    // Where none is required, one that comes is still worth keeping.
    if (count >= Math.max(policy.required, 1)) await checkpoints.keep();
    patience.set(patienceKey(witness), {
      ...patienceWith(witness),
      failures: 0,
      nextMs: Number.NEGATIVE_INFINITY,
    });
    for (const subject of subjectsOf(witness.name)) systemErrors.resolve({ kind: 'witness', subject });
  }

  async function failed(
    witness: WitnessSetting,
    { kind, message }: Exclude<WitnessAnswer, { kind: 'cosigned' }>,
  ): Promise<void> {
    const { name, vkey } = witness;
    const before = patienceWith(witness);
    const failures = before.failures + 1;
    const isTrouble = kind === 'forked' ? failures === 1 : failures === failuresBeforeError;
    const troubles = before.troubles + Number(isTrouble);
    const { first, last } = timing.backOffMs;
    const nextMs = nowMs() + Math.min(first * 2 ** (failures - 1 + before.troubles), last);
    patience.set(patienceKey(witness), { failures, troubles, nextMs });
    await keepState({ vkey, error: message });
    const [silent, fork] = subjectsOf(name);
    if (kind === 'forked') {
      const loud = `The history of this ledger may have been changed: the witness ${name} says that ${message}`;
      systemErrors.report({ kind: 'witness', subject: fork }, loud);
    } else if (failures >= failuresBeforeError) {
      systemErrors.report(
        { kind: 'witness', subject: silent },
        `The witness ${name} does not cosign: ${message}`,
      );
    }
  }

  async function keepState(state: {
    vkey: string;
    size?: number;
    cosigned_at?: string;
    error: string | null;
  }): Promise<void> {
    await store.bookkeep((bookkeeper) =>
      bookkeeper
        .insertInto('witness_states')
        .values({ size: 0, cosigned_at: null, ...state })
        .onConflict((conflict) => conflict.column('vkey').doUpdateSet(state))
        .execute(),
    );
  }

  /** What was wrong with a witness that is asked no more is over. */
  async function forgetRemoved(settings: Settings['witnesses']): Promise<void> {
    const text = JSON.stringify(settings);
    if (text === lastSettings) return;
    lastSettings = text;
    const subjects = new Set(settings.witnesses.flatMap(({ name }) => subjectsOf(name)));
    const open = await store.reader
      .selectFrom('system_errors')
      .select('subject')
      .where('kind', '=', 'witness')
      .where('resolved_at', 'is', null)
      .execute();
    for (const { subject } of open) {
      if (!subjects.has(subject)) systemErrors.resolve({ kind: 'witness', subject });
    }
  }

  function patienceWith(witness: WitnessSetting): Patience {
    return patience.get(patienceKey(witness)) ?? noTrouble;
  }

  const unsubscribe = ledger.subscribe(() => {
    news.resolve();
    news = Promise.withResolvers();
  });
  const running = run();
  return {
    async stop() {
      stopped = true;
      unsubscribe();
      stopping.resolve();
      await running;
    },
  };
}

const sha256 = (data: Uint8Array) => hash('sha256', data, 'buffer');

function policyOf({ witnesses, required }: Settings['witnesses']): WitnessPolicy {
  return createWitnessPolicy(
    witnesses.map(({ vkey }) => parseWitnessKey(vkey, sha256)),
    required,
  );
}

function shown({ checkpoint: note, objects }: Omit<PublishedLog, 'witnessed'>): ShownCheckpoint {
  const { size } = parseCheckpoint(parseNote(note).text);
  return { size, note, consistencyProof: (oldSize) => readConsistencyProof(objects, hasher, oldSize, size) };
}

/** Under what a witness's system errors go: that it does not cosign, and that it knows another history. */
function subjectsOf(name: string): readonly [string, string] {
  return [name, `${name}: history`];
}

function patienceKey({ vkey, url }: WitnessSetting): string {
  return `${vkey} ${url}`;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
