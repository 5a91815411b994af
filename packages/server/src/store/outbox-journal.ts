import { randomUUID } from 'node:crypto';
import { LedgerError } from '@pawprint/ledger';
import { sql } from 'kysely';
import type { Bookkeeper, Store } from './store.ts';

/** The ledger's last published state, kept in the database as well as in the object store. */
export interface Published {
  readonly size: number;
  /** The signed note. */
  readonly checkpoint: string;
}

/**
 * The outbox as the ledger's journal. An entry gets its index here, durably, before the ledger writes it anywhere; so
 * whatever a crash leaves behind is written again at the same place, and nothing enters twice.
 */
export class OutboxJournal {
  readonly #store: Store;
  /** Marks this run in the database; a later run takes its place, and then this one can do no more. */
  readonly #holder: string;
  /** The ledger's name in its checkpoints; made once for each database. */
  readonly origin: string;

  private constructor(store: Store, origin: string, holder: string) {
    this.#store = store;
    this.origin = origin;
    this.#holder = holder;
  }

  /**
   * Takes the journal over from any earlier run.
   * @param newOrigin names the ledger of a database that has none yet.
   */
  static async open(store: Store, newOrigin: string): Promise<OutboxJournal> {
    const holder = randomUUID();
    const { origin } = await store.bookkeep((bookkeeper) =>
      bookkeeper
        .insertInto('ledger_state')
        .values({ id: 1, origin: newOrigin, size: 0, checkpoint: '', holder })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ holder }))
        .returning('origin')
        .executeTakeFirstOrThrow(),
    );
    return new OutboxJournal(store, origin, holder);
  }

  /**
   * Goes on from what another database has published and takes over its ledger's name.
   * @param restore writes what the ledger tells besides, in the same transaction
   * @throws Error when this one has published something itself.
   */
  async adopt(
    origin: string,
    { size, checkpoint }: Published,
    restore: (bookkeeper: Bookkeeper) => Promise<void>,
  ): Promise<OutboxJournal> {
    await this.#store.bookkeep(async (bookkeeper) => {
      const { numUpdatedRows } = await bookkeeper
        .updateTable('ledger_state')
        .set({ origin, size, checkpoint })
        .where('checkpoint', '=', '')
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new Error('This database has published a ledger already');
      await restore(bookkeeper);
    });
    return new OutboxJournal(this.#store, origin, this.#holder);
  }

  async published(): Promise<Published | undefined> {
    const { size, checkpoint } = await this.#store.reader
      .selectFrom('ledger_state')
      .select(['size', 'checkpoint'])
      .executeTakeFirstOrThrow();
    return checkpoint === '' ? undefined : { size, checkpoint };
  }

  /**
   * Gives up to `limit` waiting entries the next indexes; returns those that wait to be published, in order.
   * @throws LedgerError `conflict` when another run has taken over
   */
  async assign(limit: number): Promise<readonly { index: number; entry: Uint8Array }[]> {
    const waiting = await this.#store.reader.selectFrom('outbox').select('id').limit(1).executeTakeFirst();
    if (waiting === undefined) return [];
    const size = (await this.published())?.size ?? 0;
    const rows = await this.#store.bookkeep(async (bookkeeper) => {
      // Holds the row until the end, so that two runs can't assign at once.
      const held = await bookkeeper
        .updateTable('ledger_state')
        .set({ holder: this.#holder })
        .where('holder', '=', this.#holder)
        .executeTakeFirst();
      if (held.numUpdatedRows !== 1n) throw takenOver();
      const last = await bookkeeper
        .selectFrom('outbox')
        .select(({ fn }) => fn.max('ledger_index').as('index'))
        .where('ledger_index', 'is not', null)
        .executeTakeFirst();
      const next = last?.index == null ? size : last.index + 1;
      await sql`
        update outbox set ledger_index = numbered.ledger_index
        from (select id, cast(${next} as bigint) + row_number() over (order by id) - 1 as ledger_index
              from outbox where ledger_index is null order by id limit ${limit}) as numbered
        where outbox.id = numbered.id`.execute(bookkeeper);
      return bookkeeper
        .selectFrom('outbox')
        .select(['ledger_index', 'entry'])
        .where('ledger_index', 'is not', null)
        .orderBy('ledger_index')
        .limit(limit)
        .execute();
    });
    const encoder = new TextEncoder();
    return rows.map((row) => ({ index: Number(row.ledger_index), entry: encoder.encode(row.entry) }));
  }

  /** @throws LedgerError `conflict` when another run has taken over; nothing is changed then. */
  async publish({ size, checkpoint }: Published, previousSize: number): Promise<void> {
    await this.#store.bookkeep(async (bookkeeper) => {
      const { numUpdatedRows } = await bookkeeper
        .updateTable('ledger_state')
        .set({ size, checkpoint })
        .where('size', '=', previousSize)
        .where('holder', '=', this.#holder)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw takenOver();
      await bookkeeper.deleteFrom('outbox').where('ledger_index', '<', size).execute();
    });
  }
}

function takenOver(): LedgerError {
  return new LedgerError('conflict', 'another instance has taken over the ledger; this one stops');
}
