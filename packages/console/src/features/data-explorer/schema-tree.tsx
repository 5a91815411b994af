import { ChevronRight, Table2 } from 'lucide-react';
import type { Database } from './sql-completion.ts';
import { TableDamage } from './table-damage.tsx';

type SchemaTreeProps = { readonly databases: readonly Database[]; readonly onInsert: (text: string) => void };

/** The tables one may query and their columns; a name is put into the query by pressing it. */
export function SchemaTree({ databases, onInsert }: SchemaTreeProps) {
  if (databases.every(({ tables }) => tables.length === 0)) {
    return (
      <p className="px-3 py-6 text-center text-muted text-xs">There are no tables your role may read.</p>
    );
  }
  return databases.map(({ name, tables }) => (
    <section key={name} aria-label={name} className="py-1">
      <h3 className="px-3 py-1 font-mono text-muted text-xs">{name}</h3>
      {tables.map((table) => (
        <details
          key={table.name}
          open={(name === 'panther_logs' && tables.length === 1) || table.damagedFiles.length > 0}
          className="group"
        >
          <summary className="flex items-center gap-1.5 px-3 py-1 font-mono text-xs outline-offset-[-2px]! hover:bg-hover [&::-webkit-details-marker]:hidden">
            <ChevronRight
              className="size-3 text-faint transition-transform group-open:rotate-90"
              aria-hidden="true"
            />
            <Table2 className="size-3.5 text-faint" aria-hidden="true" />
            <span className="truncate">{table.name}</span>
          </summary>
          <TableDamage database={name} table={table} />
          <ul>
            {table.columns.map((column) => (
              <li key={column.name}>
                <button
                  type="button"
                  title={[column.type, column.description].filter(Boolean).join(': ')}
                  onClick={() => onInsert(column.name)}
                  className="flex w-full items-baseline gap-2 py-0.5 pr-3 pl-9 text-left font-mono text-xs outline-offset-[-2px]! hover:bg-hover"
                >
                  <span className="truncate">{column.name}</span>
                  <span className="ml-auto max-w-20 truncate text-2xs text-faint">
                    {column.type.toLowerCase()}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  ));
}
