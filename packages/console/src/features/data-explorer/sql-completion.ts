import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { SQLNamespace } from '@codemirror/lang-sql';
import type { DataLakeDatabasesQuery } from '../../api/operations.ts';

export type Database = DataLakeDatabasesQuery['dataLakeDatabases'][number];

const macros: readonly Completion[] = [
  {
    label: "p_occurs_since('1 day')",
    type: 'function',
    detail: 'macro',
    info: 'Rows of the time before now: seconds, or a text such as 15 minutes, 1 day, 2 weeks.',
    boost: 20,
  },
  {
    label: "p_occurs_between('2026-01-01', '2026-01-02')",
    type: 'function',
    detail: 'macro',
    info: 'Rows between two times in UTC.',
    boost: 19,
  },
];

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

/** Macros, and the columns of the tables whose name the query contains; of every table while it contains none. */
export function completeMacrosAndColumns(databases: readonly Database[]) {
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
    return { from: word.from, options: [...macros, ...columns], validFor: /^\w*$/ };
  };
}
