import type { QueryLimits } from '../query/query-request.ts';

/** A search of one table, as typed filters instead of SQL. All of them must hold. */
export interface SearchFilters {
  /** Of `p_event_time`: from this on, and before that. */
  readonly from?: Date;
  readonly to?: Date;
  readonly actorIds?: readonly string[];
  /** A part of the actor's name or e-mail address, whatever its case. */
  readonly actorName?: string;
  readonly actionNames?: readonly string[];
  readonly actionResults?: readonly string[];
  /** Addresses and CIDR blocks, of which one holds `sourceIP`. */
  readonly sourceIPs?: readonly string[];
  /** Each is part of any text of the row, whatever its case; JSON is searched as it is written. */
  readonly text?: string | readonly string[];
  readonly fields?: readonly FieldFilter[];
  /** Of `p_ledger_index`: from this on, and before that. */
  readonly ledgerIndexes?: { readonly from: number; readonly before: number };
}

/** What a field is compared with. */
export interface FieldFilter {
  /**
   * From a column down, also into JSON and lists: `actionParams.dynamic.input.ids[0]`. JSON lists count from 0, others from 1.
   * With `[*]` for any place in a list, of which one is enough.
   */
  readonly path: string;
  /** `contains` looks for a part of the field's text, whatever its case. Of a list of texts one element is enough. */
  readonly operator: 'equals' | 'contains' | 'exists';
  /** Not for `exists`. */
  readonly value?: string;
}

interface TableSearch {
  /** `panther_logs.panther_audit`. */
  readonly table: string;
  /** What the caller may read, each as `panther_logs.panther_audit`. */
  readonly tables: readonly string[];
  readonly filters: SearchFilters;
  /** Instead of the lake's own; the memory may only be less. */
  readonly limits?: Partial<Pick<QueryLimits, 'timeMs' | 'memoryMb'>>;
  readonly signal?: AbortSignal;
}

/** Asks for matching rows, the newest first. */
export interface Search extends TableSearch {
  /** From 1 to 1,000. */
  readonly limit: number;
  /** Where an earlier page ended. */
  readonly cursor?: string;
}

/** Rows in the order of `p_event_time`, the newest first, as results of queries hold them. */
export interface SearchPage {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** For the rows older than these, however many newer ones arrive; undefined when there are none. */
  readonly nextCursor: string | undefined;
}

/** Asks how many rows match, over time and by what some of their fields hold. */
export interface Histogram extends TableSearch {
  /** Into how many spans of time to cut at most; from 1 to 1,000. */
  readonly spansMax: number;
  /** A field by which the rows of each span are told apart. */
  readonly spansBy?: string;
  readonly facets: readonly Facet[];
}

/** A field to count by. */
export interface Facet {
  readonly path: string;
  /** A field that says in words what this one's values are; the newest row's is told. */
  readonly labelPath?: string;
  /** How many of the most frequent values are told; from 1 to 1,000. */
  readonly valuesMax: number;
}

/** How many rows match. */
export interface HistogramCounts {
  readonly rows: number;
  /** Length of each span of time. */
  readonly spanSeconds: number;
  /** Those with rows in them, the earliest first; one for each value of `spansBy`. */
  readonly spans: readonly SpanCount[];
  /** By facet, in their order. */
  readonly facets: readonly (readonly FacetCount[])[];
}

export interface SpanCount {
  readonly from: Date;
  readonly rows: number;
  /** Only with `spansBy`; null stands for rows without a value. */
  readonly by?: string | null;
}

/** A value of a facet; null stands for rows without one. */
export interface FacetCount {
  readonly value: string | null;
  readonly label: string | null;
  readonly rows: number;
}
