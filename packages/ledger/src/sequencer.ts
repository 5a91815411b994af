import { entryBytesMax, formatCheckpoint, formatNote, parseCheckpoint, parseNote } from '@pawprint/verifier';
import type { AssignedEntry, Journal, Published } from './journal.ts';
import { LedgerError } from './ledger-error.ts';
import { checkRoot, recoverLog } from './recover-log.ts';
import { extendRightEdge, isFullPath, lastFullPaths, type RightEdge } from './right-edge.ts';
import type { Signer } from './signer.ts';
import type { ObjectStore } from './storage/object-store.ts';

export interface SequencerOptions {
  readonly store: ObjectStore;
  readonly journal: Journal;
  readonly signer: Signer;
  readonly batchEntriesMax: number;
  readonly retainUntil?: (() => Date | undefined) | undefined;
}

/** A signed state with its right edge. */
export interface LogState {
  readonly published: Published;
  readonly edge: RightEdge;
}

export interface PublishedBatch {
  /** The log after it. */
  readonly state: LogState;
  /** Index of the first of `entries`. */
  readonly from: number;
  readonly entries: readonly Uint8Array[];
  /** Whether more entries may be waiting. */
  readonly more: boolean;
}

/** A batch on its way, with the full tiles and bundles that it wrote. */
interface Step extends PublishedBatch {
  readonly fullPaths: readonly string[];
}

// Reached only where a store refuses every deletion; a partial object left behind is harmless.
const fullPathsMax = 10_000;

/** Extends a log batch by batch. A call that fails, anywhere, is made good by the next one. */
export class Sequencer {
  readonly #options: SequencerOptions;
  /** What the journal holds. */
  #state: LogState;
  /** What it may hold instead, after a publication whose outcome is not known. */
  #attempt: Step | undefined;
  /** Published, but the store's checkpoint is not written yet. */
  #unfinished: Step | undefined;
  /** Full objects beside which partial ones may be left. */
  #fullPaths: readonly string[];

  /** Recovers the log, or begins one. For an existing log nothing is written, so that it opens on a full disk. */
  static async open(options: SequencerOptions): Promise<Sequencer> {
    const { journal, store, signer, batchEntriesMax } = options;
    const stored = await inJournal('read', () => journal.published());
    const { edge, checkpointStored } = await recoverLog(stored, store, signer.key);
    const state = { edge, published: stored ?? (await signTree(edge, signer)) };
    if (stored === undefined) await inJournal('publish', () => journal.publish(state.published, 0));
    const unfinished = { state, from: edge.tree.size, entries: [], more: true, fullPaths: [] };
    const fullPaths = lastFullPaths(edge.tree.size, batchEntriesMax);
    return new Sequencer(options, state, fullPaths, checkpointStored ? undefined : unfinished);
  }

  private constructor(
    options: SequencerOptions,
    state: LogState,
    fullPaths: readonly string[],
    unfinished: Step | undefined,
  ) {
    this.#options = options;
    this.#state = state;
    this.#fullPaths = fullPaths;
    this.#unfinished = unfinished;
  }

  get state(): LogState {
    return this.#state;
  }

  /** Publishes the next waiting entries, or ends what the last call left. One call at a time. */
  async next(): Promise<PublishedBatch> {
    await this.#settleAttempt();
    const isLeft = this.#unfinished !== undefined;
    this.#unfinished ??= await this.#publishWaiting();
    const finished = this.#unfinished;
    if (finished === undefined) {
      return { state: this.#state, from: this.#state.published.size, entries: [], more: false };
    }
    await this.#options.store.write('checkpoint', Buffer.from(finished.state.published.checkpoint));
    this.#unfinished = undefined;
    this.#fullPaths = [...this.#fullPaths, ...finished.fullPaths].slice(-fullPathsMax);
    // What came to wait since an earlier call began the step is not in it.
    return isLeft ? { ...finished, more: true } : finished;
  }

  /** Deletes partial tiles and bundles whose full form is published (C2SP tlog-tiles, Partial Tiles). */
  async removePartials(): Promise<void> {
    const { store } = this.#options;
    for (let path = this.#fullPaths[0]; path !== undefined; path = this.#fullPaths[0]) {
      await store.deleteAll(`${path}.p/`);
      this.#fullPaths = this.#fullPaths.slice(1);
    }
  }

  async #publishWaiting(): Promise<Step | undefined> {
    const { store, journal, signer, batchEntriesMax } = this.#options;
    const { published, edge } = this.#state;
    const assigned = await inJournal('assign', () => journal.assign(batchEntriesMax));
    if (assigned.length === 0) return undefined;
    const entries = assigned.map((entry, position) => checkedEntry(entry, published.size + position));

    // What is signed next is grown from this tree, so this must be the one that was signed last.
    checkRoot(parseCheckpoint(parseNote(published.checkpoint).text), {
      size: edge.tree.size,
      rootHash: edge.tree.root(),
    });
    const writes = new Writes(store, this.#options.retainUntil?.());
    const extended = await extendRightEdge(edge, entries, (key, bytes) => writes.start(key, bytes));
    await writes.ended();
    const state = { edge: extended, published: await signTree(extended, signer) };
    const step = {
      state,
      from: published.size,
      entries,
      more: assigned.length === batchEntriesMax,
      fullPaths: writes.keys.filter(isFullPath),
    };
    this.#attempt = step;
    await inJournal('publish', () => journal.publish(state.published, published.size));
    this.#attempt = undefined;
    this.#state = state;
    return step;
  }

  /** Asks the journal what is published: this sequencer's last state, or its failed attempt after all, or another's. */
  async #settleAttempt(): Promise<void> {
    const stored = await inJournal('read', () => this.#options.journal.published());
    const attempt = this.#attempt;
    if (attempt && samePublished(attempt.state.published, stored)) {
      this.#state = attempt.state;
      this.#unfinished = attempt;
    } else if (!samePublished(this.#state.published, stored)) {
      throw new LedgerError(
        'conflict',
        `another sequencer has published ${stored?.size ?? 0} entries of this log; this one stops`,
      );
    }
    this.#attempt = undefined;
  }
}

/** Writes to a store that are under way together. Full objects never change, so they can be locked. */
class Writes {
  readonly keys: string[] = [];
  readonly #store: ObjectStore;
  readonly #retainUntil: Date | undefined;
  readonly #outcomes: Promise<PromiseSettledResult<void>[]>[] = [];

  constructor(store: ObjectStore, retainUntil: Date | undefined) {
    this.#store = store;
    this.#retainUntil = retainUntil;
  }

  start(key: string, bytes: Uint8Array): void {
    const options = isFullPath(key) ? { retainUntil: this.#retainUntil } : {};
    this.keys.push(key);
    this.#outcomes.push(Promise.allSettled([this.#store.write(key, bytes, options)]));
  }

  /** Waits for all of them, also when one fails, so that none is under way when the batch is tried again. */
  async ended(): Promise<void> {
    const outcomes = (await Promise.all(this.#outcomes)).flat();
    const failed = outcomes.find((write) => write.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

function checkedEntry({ index, entry }: AssignedEntry, due: number): Uint8Array {
  if (index !== due) {
    throw new LedgerError('invalid_entry', `the journal gave entry ${index} where ${due} is due`);
  }
  if (entry.length > entryBytesMax) {
    throw new LedgerError(
      'invalid_entry',
      `entry ${index} has ${entry.length} bytes, more than ${entryBytesMax}`,
    );
  }
  return entry;
}

async function signTree({ tree }: RightEdge, { key, sign }: Signer): Promise<Published> {
  const text = formatCheckpoint({ origin: key.name, size: tree.size, rootHash: tree.root() });
  const signature = await sign(Buffer.from(text));
  const signatures = [{ name: key.name, keyId: key.keyId, signature }];
  return { size: tree.size, checkpoint: formatNote({ text, signatures }) };
}

async function inJournal<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    throw new LedgerError('journal', `the ledger's journal could not ${action}`, { cause });
  }
}

function samePublished(a: Published, b: Published | undefined): boolean {
  return a.size === b?.size && a.checkpoint === b.checkpoint;
}
