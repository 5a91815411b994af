import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { SQLNamespace } from '@codemirror/lang-sql';
import type { DataLakeDatabasesQuery } from '../../api/operations.ts';

export type Database = DataLakeDatabasesQuery['dataLakeDatabases'][number];

export type SqlFunction = DataLakeDatabasesQuery['dataLakeFunctions'][number];

/** What there is to complete. */
export interface Vocabulary {
  readonly databases: readonly Database[];
  readonly functions: readonly SqlFunction[];
}

const macros: readonly Completion[] = (
  [
    [
      "p_occurs_since('1 day')",
      'Rows of the time before now: seconds, or a text such as 15 minutes, 1 day, 2 weeks.',
    ],
    ["p_occurs_between('2026-01-01', '2026-01-02')", 'Rows between two times in UTC.'],
    ["p_occurs_around('2026-01-01 12:00', '10 minutes')", 'Rows up to so long before and after a time.'],
    ["p_occurs_after('2026-01-01')", 'Rows of a time and later.'],
    ["p_occurs_before('2026-01-01')", 'Rows of a time and earlier.'],
  ] as const
).map(([label, info], at) => ({ label, info, type: 'function', detail: 'macro', boost: 20 - at }));

const functionDetails = { scalar: 'function', aggregate: 'aggregate', table: 'rows' } as const;

/** The tables under both of their names: with `.public` and without. */
export function completionSchema(databases: readonly Database[]): SQLNamespace {
  return Object.fromEntries(
    databases.map(({ name, tables }) => {
      const entries = Object.fromEntries(
        tables.map((table) => [table.name, table.columns.map((column) => column.name)]),
      );
      return [name, { ...entries, public: entries }];
    }),
  );
}

/** Macros, functions, and the columns of the tables whose name the query contains; of every table while it contains none. */
export function completeNames({ databases, functions }: Vocabulary) {
  const functionCompletions = functions.map(
    ({ name, kind }): Completion => ({
      ...{ label: name, type: 'function', detail: functionDetails[kind] },
      apply: `${name}(`,
    }),
  );
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/\w*/);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    if (context.state.sliceDoc(word.from - 1, word.from) === '.') return null;
    const text = context.state.doc.toString().toLowerCase();
    const tables = databases.flatMap((database) => database.tables);
    const named = tables.filter((table) => text.includes(table.name.toLowerCase()));
    const columns = (named.length > 0 ? named : tables)
      .flatMap((table) => table.columns)
      .map(
        (column): Completion => ({
          label: column.name,
          type: 'property',
          detail: column.type.toLowerCase().slice(0, 24),
          ...(column.description && { info: column.description }),
          boost: 10,
        }),
      );
    return { from: word.from, options: [...macros, ...columns, ...functionCompletions], validFor: /^\w*$/ };
  };
}
