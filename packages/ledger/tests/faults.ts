import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal } from '../src/journal.ts';
import { LedgerError } from '../src/ledger-error.ts';
import type { ObjectStore } from '../src/storage/object-store.ts';

export const faultKinds = [
  'fails',
  'fails after its effect',
  'is torn',
  'dies',
  'dies after its effect',
  'dies torn',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Those that can happen there: a bucket shows nothing of a write that was cut off. */
export function faultKindsOf(bucket: unknown): readonly FaultKind[] {
  return bucket === undefined ? faultKinds : faultKinds.filter((kind) => !kind.endsWith('torn'));
}

/** One fault at one operation of a store or journal, counted from 0. After a death every operation fails. */
export class Faults {
  readonly operations: string[] = [];
  readonly #folder: string;
  readonly #fault: { readonly at: number; readonly kind: FaultKind } | undefined;
  readonly #death = Promise.withResolvers<void>();
  #dead = false;

  /** @param folder that of the directory store, for torn writes */
  constructor(folder: string, fault?: { readonly at: number; readonly kind: FaultKind }) {
    this.#folder = folder;
    this.#fault = fault;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get met(): boolean {
    return this.#fault !== undefined && this.operations.length > this.#fault.at;
  }

  get death(): Promise<void> {
    return this.#death.promise;
  }

  store(store: ObjectStore): ObjectStore {
    const run = this.#run.bind(this);
    return {
      read: (key) => run(`read ${key}`, () => store.read(key)),
      write: (key, bytes, options) => run(`write ${key}`, () => store.write(key, bytes, options), bytes),
      retain: (key, until) => run(`retain ${key}`, () => store.retain(key, until)),
      hold: (key, isHeld) => run(`hold ${key}`, () => store.hold(key, isHeld)),
      delete: (key) => run(`delete ${key}`, () => store.delete(key)),
      deleteAll: (prefix) => run(`delete all ${prefix}`, () => store.deleteAll(prefix)),
      async *list(prefix) {
        yield* await run(`list ${prefix}`, () => Array.fromAsync(store.list(prefix)));
      },
    };
  }

  journal(journal: Journal): Journal {
    const run = this.#run.bind(this);
    return {
      published: () => run('journal.published', () => journal.published()),
      assign: (limit) => run('journal.assign', () => journal.assign(limit)),
      publish: (next, previousSize) => run('journal.publish', () => journal.publish(next, previousSize)),
    };
  }

  async #run<T>(operation: string, effect: () => Promise<T>, bytes?: Uint8Array): Promise<T> {
    if (this.#dead) throw new Error('the process is dead');
    const kind = this.operations.length === this.#fault?.at ? this.#fault.kind : undefined;
    this.operations.push(operation);
    if (kind === undefined) return effect();

    if (kind.startsWith('dies')) this.#die();
    if (kind.endsWith('after its effect')) await effect();
    if (kind.endsWith('torn') && bytes) {
      await writeFile(join(this.#folder, '.tmp', 'torn'), bytes.subarray(0, bytes.length / 2));
    }
    throw new LedgerError('storage', `${operation} ${kind}`);
  }

  #die(): void {
    this.#dead = true;
    this.#death.resolve();
  }
}
