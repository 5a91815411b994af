// biome-ignore-all lint/a11y/noRedundantRoles: changing `display` on a phone takes the implied roles away
import {
  createColumnHelper,
  createSortedRowModel,
  rowSelectionFeature,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { Checkbox } from './checkbox.tsx';
import { classNames } from './class-names.ts';

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** What the column is sorted by; without it the column cannot be sorted. */
  readonly sortBy?: (row: Row) => string | number;
  /** A column of buttons: its header is only for screen readers. */
  readonly actions?: boolean;
};

type DataTableProps<Row extends { readonly id: string }> = {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Rows can be ticked when both are given; a row the predicate refuses has a disabled box. */
  readonly selection?:
    | {
        readonly ids: readonly string[];
        readonly onChange: (ids: readonly string[]) => void;
        readonly rowLabel: (row: Row) => string;
        readonly isSelectable: (row: Row) => boolean;
      }
    | undefined;
};

const features = tableFeatures({
  rowSelectionFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});

const cellClassName = 'py-2 text-left align-middle md:px-4 md:last:pr-5 md:first:pl-5 max-md:py-1';

/**
 * A sortable table of a few hundred rows at most; on a phone each row becomes a block of labelled values.
 */
export function DataTable<Row extends { readonly id: string }>({
  label,
  rows,
  columns,
  selection,
}: DataTableProps<Row>) {
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return columns.map((column) =>
      helper.accessor((row): unknown => column.sortBy?.(row), {
        id: column.id,
        header: column.header,
        cell: ({ row }) => column.cell(row.original),
        enableSorting: column.sortBy !== undefined,
        sortFn: 'alphanumeric',
      }),
    );
  }, [columns]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: (row) => row.id,
    enableRowSelection: (row) => selection?.isSelectable(row.original) ?? false,
    state: { rowSelection: Object.fromEntries((selection?.ids ?? []).map((id) => [id, true])) },
    onRowSelectionChange: (update) => {
      const before = Object.fromEntries((selection?.ids ?? []).map((id) => [id, true as const]));
      const after = typeof update === 'function' ? update(before) : update;
      selection?.onChange(Object.keys(after).filter((id) => after[id]));
    },
  });
  const isActions = new Set(columns.filter((column) => column.actions).map((column) => column.id));

  return (
    <table role="table" aria-label={label} className="w-full border-collapse text-sm max-md:block">
      <thead role="rowgroup" className="border-line border-b max-md:hidden">
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id}>
            {selection && (
              <th scope="col" className={classNames(cellClassName, 'w-8 pr-0!')}>
                <Checkbox
                  aria-label="Select all"
                  checked={table.getIsAllRowsSelected()}
                  indeterminate={table.getIsSomeRowsSelected()}
                  onCheckedChange={(checked) => table.toggleAllRowsSelected(checked)}
                />
              </th>
            )}
            {group.headers.map((header) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
                  aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}
                  className={classNames(
                    cellClassName,
                    'whitespace-nowrap py-2! font-medium text-muted text-xs',
                  )}
                >
                  {header.column.getCanSort() ? (
                    <button
                      type="button"
                      onClick={header.column.getToggleSortingHandler()}
                      className="group inline-flex items-center gap-1 rounded-sm hover:text-ink"
                    >
                      <table.FlexRender header={header} />
                      {sorted === 'desc' ? (
                        <ArrowDown className="size-3" aria-hidden="true" />
                      ) : (
                        <ArrowUp
                          className={classNames('size-3', !sorted && 'opacity-0 group-hover:opacity-60')}
                          aria-hidden="true"
                        />
                      )}
                    </button>
                  ) : (
                    <span className={isActions.has(header.column.id) ? 'sr-only' : undefined}>
                      <table.FlexRender header={header} />
                    </span>
                  )}
                </th>
              );
            })}
          </tr>
        ))}
      </thead>
      <tbody role="rowgroup" className="divide-y divide-line max-md:block">
        {table.getRowModel().rows.map((row) => (
          <tr
            key={row.id}
            role="row"
            aria-selected={selection ? row.getIsSelected() : undefined}
            className={classNames(
              'relative transition-colors max-md:block max-md:px-4 max-md:py-3',
              selection && 'max-md:pl-12',
              row.getIsSelected() ? 'bg-accent-soft/60' : 'hover:bg-hover/60',
            )}
          >
            {selection && (
              <td
                role="cell"
                className={classNames(cellClassName, 'w-8 pr-0! max-md:absolute max-md:top-3 max-md:left-4')}
              >
                <Checkbox
                  aria-label={`Select ${selection.rowLabel(row.original)}`}
                  checked={row.getIsSelected()}
                  disabled={!row.getCanSelect()}
                  onCheckedChange={(checked) => row.toggleSelected(checked)}
                />
              </td>
            )}
            {row.getAllCells().map((cell, index) => (
              <td
                key={cell.id}
                role="cell"
                data-label={cell.column.columnDef.header}
                className={classNames(
                  cellClassName,
                  'max-md:flex max-md:gap-3',
                  isActions.has(cell.column.id)
                    ? 'text-right max-md:absolute max-md:top-2 max-md:right-2'
                    : index > 0 &&
                        'max-md:before:w-24 max-md:before:shrink-0 max-md:before:text-muted max-md:before:content-[attr(data-label)]',
                  index === 0 && 'max-md:pr-10',
                )}
              >
                <table.FlexRender cell={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
