/** One immutable Parquet file of a table. */
export interface LakeFile {
  /** Relative to the lake's directory, with `/` between its parts. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Smallest and largest `p_event_time` in the file, microseconds since 1970-01-01 UTC. */
  readonly eventTimeMin: bigint;
  readonly eventTimeMax: bigint;
  /** Largest `p_ledger_index` in the file; 0 where no row has one. */
  readonly ledgerIndexMax: number;
  /** 0 for a file just appended, more the oftener its rows have been merged. */
  readonly level: number;
}

/** A file that can't be read as it was written. Its rows are missing until the file is taken out of the catalogue. */
export interface DamagedFile extends LakeFile {
  /** In a word: `missing`, `cut short`, `damaged`. */
  readonly damage: string;
}

/** A step from one state of a table to the next. */
export interface CatalogueChange {
  readonly operation: 'LOAD' | 'MERGE' | 'REPLACE' | 'REMOVE' | 'RESTORE';
  /** `database.name`, as in `panther_logs.panther_audit`. */
  readonly table: string;
  readonly add: readonly LakeFile[];
  /** Live or damaged files that are no longer; a damaged one that is also added is live again. */
  readonly remove: readonly LakeFile[];
  readonly fromCursor: number;
  readonly toCursor: number;
}

/**
 * Which files are live and how far each table has followed the ledger or what else its rows come from. Whoever opens the lake keeps it in a database:
 * files and cursor change together or not at all, which is what makes loading exactly-once.
 */
export interface Catalogue {
  /** The next ledger index, or position of a row, to load; 0 at first. */
  cursor(table: string): Promise<number>;
  /** The live files: those not known to be damaged. */
  files(table: string): Promise<readonly LakeFile[]>;
  damagedFiles(table: string): Promise<readonly DamagedFile[]>;
  /** Makes a live file one that is damaged; does nothing if it is not live. */
  markDamaged(path: string, damage: string): Promise<void>;
  /** One transaction. Throws, changing nothing, if the cursor is not `fromCursor` or a removed file is neither live nor damaged. */
  commit(change: CatalogueChange): Promise<void>;
}
