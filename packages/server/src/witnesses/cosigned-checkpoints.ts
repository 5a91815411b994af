import type { ObjectStore } from '@pawprint/ledger';
import {
  formatNote,
  type NoteSignature,
  parseCheckpoint,
  parseNote,
  witnessedCheckpointPath,
} from '@pawprint/verifier';
import type { PublishedLog } from '../actions/services.ts';
import type { Store } from '../store/store.ts';

/** The checkpoints of the ledger together with the cosignatures they have. */
export class CosignedCheckpoints {
  readonly #store: Pick<Store, 'bookkeep'>;
  readonly #objects: Pick<ObjectStore, 'write'>;
  /** The checkpoint that is, or was last, shown to witnesses, with what they put under it. */
  #newest: string;
  #witnessed: string | undefined;
  /** What the object store holds. */
  #stored: string | undefined;
  #keeping: Promise<void> = Promise.resolve();

  static async open(
    store: Pick<Store, 'bookkeep' | 'reader'>,
    objects: Pick<ObjectStore, 'read' | 'write'>,
  ): Promise<CosignedCheckpoints> {
    const row = await store.reader.selectFrom('witnessed_checkpoint').select('checkpoint').executeTakeFirst();
    const bytes = await objects.read(witnessedCheckpointPath);
    return new CosignedCheckpoints(store, objects, row?.checkpoint, bytes && Buffer.from(bytes).toString());
  }

  private constructor(
    store: Pick<Store, 'bookkeep'>,
    objects: Pick<ObjectStore, 'write'>,
    witnessed: string | undefined,
    stored: string | undefined,
  ) {
    this.#store = store;
    this.#objects = objects;
    this.#newest = witnessed ?? '';
    this.#witnessed = witnessed;
    this.#stored = stored;
  }

  /** The newest checkpoint with all the cosignatures that the settings asked for when it got them. */
  get witnessed(): string | undefined {
    return this.#witnessed;
  }

  /** A checkpoint as the ledger signed it, with the cosignatures that it has so far. */
  cosigned(note: string): string {
    // Signatures are added at the end, and the ledger's own comes out the same each time.
    return this.#newest.startsWith(note) ? this.#newest : note;
  }

  /** Puts a cosignature under a checkpoint, in memory. @returns the checkpoint with all it has */
  add(note: string, cosignature: NoteSignature): string {
    const { text, signatures } = parseNote(this.cosigned(note));
    this.#newest = formatNote({ text, signatures: [...signatures, cosignature] });
    return this.#newest;
  }

  /**
   * Keeps the checkpoint to which cosignatures were added last, as one that has what the settings ask for: in the database, and
   * beside the others of the log.
   */
  async keep(): Promise<void> {
    // One after another, and each with all there is by then: cosignatures that come together must not lose each other.
    const kept = this.#keeping.then(() => this.#keepNow());
    this.#keeping = kept.catch(() => undefined);
    await kept;
  }

  async #keepNow(): Promise<void> {
    const note = this.#newest;
    if (note === this.#witnessed) return;
    const row = { size: parseCheckpoint(parseNote(note).text).size, checkpoint: note };
    await this.#store.bookkeep((bookkeeper) =>
      bookkeeper
        .insertInto('witnessed_checkpoint')
        .values({ id: 1, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute(),
    );
    this.#witnessed = note;
    await this.flush();
  }

  /** Writes the object that an earlier failure or a crash left out. */
  async flush(): Promise<void> {
    const witnessed = this.#witnessed;
    if (witnessed === undefined || witnessed === this.#stored) return;
    await this.#objects.write(witnessedCheckpointPath, Buffer.from(witnessed));
    this.#stored = witnessed;
  }

  /** The log as others see it. */
  over(ledger: Omit<PublishedLog, 'witnessed'>): PublishedLog {
    const checkpoints = this;
    return {
      get size() {
        return ledger.size;
      },
      get firstIndex() {
        return ledger.firstIndex;
      },
      get checkpoint() {
        return checkpoints.cosigned(ledger.checkpoint);
      },
      get witnessed() {
        return checkpoints.witnessed;
      },
      vkey: ledger.vkey,
      objects: ledger.objects,
      read: (from, to) => ledger.read(from, to),
      subscribe: (listener) => ledger.subscribe(listener),
    };
  }
}
