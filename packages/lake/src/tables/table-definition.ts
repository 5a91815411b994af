/** A column as queries see it. */
export interface Column {
  readonly name: string;
  /** DuckDB's name of the type. */
  readonly type: string;
  readonly description: string;
  /** Where the file holds another type: that type, and the SQL that turns it into `type`. */
  readonly stored?: { readonly type: string; readonly read: string };
}

/** What surrounds an entry when it becomes a row. */
export interface LoadContext {
  readonly ledgerIndex: number;
  /** When the row is made, nanoseconds since 1970-01-01 UTC. */
  readonly parseTime: bigint;
  /** The log source the table is fed by. */
  readonly sourceId: string;
}

/** A row ready to be stored. */
export interface Row {
  /** Its `p_event_time`, `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, which decides the partition. */
  readonly eventTime: string;
  /** 0 where it is of no ledger entry. */
  readonly ledgerIndex: number;
  /** A JSON object on one line: values by column name. Timestamps are texts in UTC, JSON is text. */
  readonly json: string;
}

/** A table of the lake. Queries reach it as `database.public.name`, `database.name` or, with a default database, `name`. */
export interface TableDefinition {
  readonly database: string;
  readonly name: string;
  /** Null for views, and for what is of the instance rather than a log. */
  readonly logType: string | null;
  readonly displayName: string;
  readonly description: string;
  readonly columns: readonly Column[];
  /** Names of columns that no row has a value in; files are without them. */
  readonly unfilled?: readonly string[];
  /** Where JSON begins: paths of column and field names. Dotted SQL reaches below them. */
  readonly jsonPaths: readonly (readonly string[])[];
  /** Of a view: the tables it shows, as far as its reader may read them. It has no files. */
  readonly unites?: readonly string[];
}

/** The name of a table in catalogues and permissions: `panther_logs.panther_audit`. */
export function tableKey(table: Pick<TableDefinition, 'database' | 'name'>): string {
  return `${table.database}.${table.name}`;
}

/** The columns that files of the table have, unless they are older than one. */
export function filledColumns({ columns, unfilled = [] }: TableDefinition): readonly Column[] {
  return columns.filter(({ name }) => !unfilled.includes(name));
}

/** The type of a column in the files. */
export function storedType(column: Column): string {
  return column.stored?.type ?? column.type;
}
