import type { Lake, ResultPage } from '@pawprint/lake';
import type { Store } from '../store/store.ts';
import type { LakeQueryRunRow } from '../store/tables.ts';

export interface QueryStart {
  readonly id: string;
  readonly sql: string;
  readonly database: string;
  /** The tables the caller may see; the engine holds no others. */
  readonly tables: readonly string[];
  /** What "now" is in the query's macros, RFC 3339. */
  readonly now: string;
}

/** How a query stands; `message` says why it failed. */
export interface QueryStatus {
  readonly status: 'running' | LakeQueryRunRow['status'];
  readonly message: string;
  readonly rowCount?: number;
}

/** Runs the queries that actions ask for, and keeps how they ended. */
export interface QueryRunner {
  start(query: QueryStart): void;
  cancel(id: string): void;
  status(id: string): Promise<QueryStatus>;
  /** Resolves once the query has ended and its outcome is kept; at once for one that is not running. */
  ended(id: string): Promise<void>;
  /** A page of the results; undefined while there are none. @param cursor what the page before gave out. */
  results(id: string, cursor: string | null, pageSize: number): Promise<ResultPage | undefined>;
  close(): Promise<void>;
}
