/** The state that a log has signed. */
export interface Published {
  /** Number of entries. */
  readonly size: number;
  /** The signed note. */
  readonly checkpoint: string;
}

export interface AssignedEntry {
  readonly index: number;
  /** At most 65,535 bytes. */
  readonly entry: Uint8Array;
}

/**
 * What the ledger needs of the database that holds the waiting entries. Each method is one transaction, durable when
 * it resolves. A rejection need not mean that nothing happened: the ledger looks before it goes on. After a LedgerError
 * `conflict`, which says that another sequencer has taken the journal over, it stops for good.
 */
export interface Journal {
  /** The last published state, or undefined for a new log. */
  published(): Promise<Published | undefined>;
  /**
   * Gives up to `limit` waiting entries the next indexes, continuing at the highest ever assigned (the published size
   * when none is left), then returns the assigned, unpublished entries in index order, at most `limit`. An index
   * once assigned is never given to another entry: a tree with it may have been signed.
   */
  assign(limit: number): Promise<readonly AssignedEntry[]>;
  /**
   * Stores the new state and forgets the entries below its size. Rejects when the stored size is not `previousSize`,
   * where a new log counts as 0.
   */
  publish(next: Published, previousSize: number): Promise<void>;
}
