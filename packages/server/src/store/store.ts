import type { Kysely } from 'kysely';
import type { Engine } from './migrations.ts';
import type { AppTables, BookkeepingTables, Tables } from './tables.ts';

/** Reads committed state. It has no way to write. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom'>;

/** Reads rows of the product's state, committed (a reader) or as a transaction sees them (a transactor). */
export type Rows = Pick<Kysely<AppTables>, 'selectFrom'>;

/**
 * Writes inside one action's transaction, and reads what that transaction sees. `runAction` alone hands it out.
 * It knows the tables of the product's state only: the outbox and the ledger's state are out of an action's reach.
 */
export type Transactor = Kysely<AppTables>;

/** Writes what follows from recorded actions: the outbox's way to the ledger, cursors, outcomes of queries, last uses. */
export type Bookkeeper = Kysely<BookkeepingTables>;

/** What a transaction's work must call once before it ends: the entry that goes to the ledger with it. */
export type Capture = {
  /** Puts the encoded ledger entry (canonical JSON) into the outbox, in this transaction. */
  record(entry: string): Promise<void>;
  /** Lets this transaction commit without an entry. `reason` names the documented exception. */
  leaveUnrecorded(reason: string): void;
};

/**
 * Runs `work` alone, as if no other transaction existed, and commits what it wrote together with its entry.
 * Resolved means durable. Work may run again after a conflict, so it has no effect but on the transactor.
 * @throws what `work` throws, with everything it wrote undone; StoreError if the database can't commit;
 *   AssertionError if `work` ends without a record.
 */
export type Transact = <T>(work: (transactor: Transactor, capture: Capture) => Promise<T>) => Promise<T>;

/** As `Transact`, without an entry, on the bookkeeping tables. */
export type Bookkeep = <T>(work: (bookkeeper: Bookkeeper) => Promise<T>) => Promise<T>;

/** An open database. `transact` goes to the action runner and nowhere else. */
export interface Store {
  readonly engine: Engine;
  readonly reader: Reader;
  readonly transact: Transact;
  readonly bookkeep: Bookkeep;
  /** Gives the room that deleted rows have left back to the disk, where the engine does not do so by itself. */
  shrink(): Promise<void>;
  /** Waits for the transactions under way, then closes. Later calls are refused with `closed`. */
  close(): Promise<void>;
}

/** Nothing of the transaction was kept, but for `outcome_unknown`, where all of it may have been. */
export type StoreErrorCode =
  | 'full'
  | 'read_only'
  | 'in_use'
  | 'io'
  | 'unreachable'
  | 'too_slow'
  | 'closed'
  | 'outcome_unknown';

const publicMessages: { readonly [Code in StoreErrorCode]: string } = {
  full: 'The disk that holds the database is full',
  read_only: 'The disk that holds the database is read-only',
  in_use: 'Another instance is using this database',
  io: 'The database could not be read or written',
  unreachable: 'The database server can not be reached',
  too_slow: 'The database took too long',
  closed: 'The instance is stopping',
  outcome_unknown: 'The database server was lost while it committed',
};

/** The database can't do its work now. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, options: { cause?: unknown } = {}) {
    super(publicMessages[code], options);
    this.code = code;
  }
}
