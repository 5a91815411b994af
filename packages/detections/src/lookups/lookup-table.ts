/** A row of a lookup table, as it stands in its file; values of CSV are texts. */
export type LookupRow = Readonly<Record<string, unknown>>;

/** A table that rules look rows up in, and that events are enriched from. */
export interface LookupTable {
  readonly id: string;
  /** Where events of a log type hold what may be a key: paths such as `actor.id` or `ips[*]`. */
  readonly selectors: readonly { readonly logType: string; readonly selector: string }[];
  /** Rows by the text of their primary key. */
  readonly rows: readonly (readonly [key: string, row: LookupRow])[];
}
