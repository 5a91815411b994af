import type { PlannedFile } from '../planning/file-parts.ts';
import type { TableDefinition } from '../tables/table-definition.ts';

/** Limits of one query. */
export interface QueryLimits {
  /** Milliseconds of running; waiting for a free engine does not count. */
  readonly timeMs: number;
  /** Megabytes (10^6) DuckDB may hold in memory. */
  readonly memoryMb: number;
  /** Megabytes (10^6) DuckDB may put on disk when the memory does not suffice. */
  readonly spillMb: number;
  readonly resultColumns: number;
  readonly resultRows: number;
  readonly resultBytes: number;
}

/** A query on its way to an engine process. */
export interface QueryRequest {
  readonly id: string;
  readonly sql: string;
  /** The database of table names that name none. */
  readonly database: string;
  readonly now: Date;
  /** The tables the caller may read, with the absolute paths of their live files; views after the tables they show. */
  readonly tables: readonly QueryTable[];
  readonly limits: QueryLimits;
  readonly resultsDirectory: string;
  /** Cut out of messages, so that they name files as the lake does. */
  readonly lakeDirectory: string;
}

export interface QueryTable {
  readonly definition: TableDefinition;
  readonly files: readonly PlannedFile[];
  /** What is missing in it. */
  readonly warnings: readonly string[];
}

/** How far a query is. */
export interface QueryProgress {
  /** Rows and bytes of the result so far. */
  readonly rows: number;
  readonly bytes: number;
  /** DuckDB's estimate of the part of the input it has read, 0 to 100; undefined while it has none. */
  readonly percentage: number | undefined;
}

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/** A finished query. */
export interface QueryOutcome {
  readonly rowCount: number;
  /** The size of what it was given to read: at most this much was. */
  readonly bytesScanned: number;
  readonly executionTimeMs: number;
  readonly columns: readonly ResultColumn[];
  /** What of the tables it read is missing, in words. */
  readonly warnings: readonly string[];
}
