// biome-ignore-all lint/a11y/useSemanticElements: rows placed one by one cannot be a table element's
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';

export type GridColumn<Row> = {
  readonly id: string;
  readonly header: ReactNode;
  /** A grid track, such as `12rem` or `minmax(10rem, 1fr)`. */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
};

type VirtualGridProps<Row> = {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row, index: number) => string;
  readonly columns: readonly GridColumn<Row>[];
  readonly rowHeightPx: number;
  /** How many rows exist in all, -1 when unknown: what assistive technology is told. */
  readonly rowCount: number;
  readonly onOpen: (row: Row, index: number) => void;
  /** The last loaded row came into view. */
  readonly onEndReached?: () => void;
  /** Replaces the columns where there is no room for them. */
  readonly compact?: { readonly cell: (row: Row) => ReactNode; readonly rowHeightPx: number };
  /** Shown after the last row. */
  readonly footer?: ReactNode;
  readonly scrollRef?: RefObject<HTMLDivElement | null>;
  readonly onScroll?: (scrollTopPx: number) => void;
};

/**
 * A grid of any number of rows of one height, of which only those in view exist. One row is in the tab order;
 * arrows, Page Up/Down, Home and End move it, Enter opens it. The active row is kept by its key, so that rows
 * arriving above it do not move the focus.
 */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { label, rows, rowKey, columns, rowCount, onOpen, onEndReached, compact, footer, onScroll } = props;
  const ownScrollRef = useRef<HTMLDivElement>(null);
  const scrollRef = props.scrollRef ?? ownScrollRef;
  const narrow = useNarrow() && compact !== undefined;
  const rowHeightPx = narrow ? compact.rowHeightPx : props.rowHeightPx;
  // The header lies over the first rows of what is in view.
  const headerPx = narrow ? 0 : headerHeightPx;
  const [activeKey, setActiveKey] = useState<string>();
  const moveFocus = useRef(false);
  const activeRef = useRef<HTMLDivElement>(null);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row, index);
    },
    overscan: 10,
    scrollMargin: headerPx,
    scrollPaddingStart: headerPx,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height invalidates every measured row
  useEffect(() => virtualizer.measure(), [rowHeightPx, virtualizer]);

  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastIndex >= rows.length - 1) onEndReached?.();
  }, [lastIndex, rows.length, onEndReached]);

  useEffect(() => {
    if (!moveFocus.current || activeRef.current === null) return;
    moveFocus.current = false;
    activeRef.current.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>, index: number, row: Row) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return onOpen(row, index);
    }
    const page = Math.max(1, Math.floor((scrollRef.current?.clientHeight ?? 0) / rowHeightPx) - 2);
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const target = Math.min(Math.max(step, 0), rows.length - 1);
    const targetRow = rows[target];
    if (targetRow === undefined) return;
    moveFocus.current = true;
    setActiveKey(rowKey(targetRow, target));
    virtualizer.scrollToIndex(target, { align: 'auto' });
  };

  const template = narrow ? '1fr' : columns.map((column) => column.width).join(' ');
  const firstKey = rows[0] && rowKey(rows[0], 0);
  const activeIsRendered = items.some((item) => item.key === activeKey);

  return (
    <div
      ref={scrollRef}
      onScroll={(event) => onScroll?.(event.currentTarget.scrollTop)}
      className="thin-scrollbar relative min-h-0 flex-1 overflow-auto"
    >
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={rowCount < 0 ? -1 : rowCount + 1}
        aria-colcount={columns.length}
        className={narrow ? '' : 'min-w-fit'}
      >
        <div
          role="row"
          tabIndex={-1}
          aria-rowindex={1}
          style={{ gridTemplateColumns: template }}
          className={
            narrow
              ? 'sr-only'
              : 'sticky top-0 z-10 grid h-9 items-center border-line border-b bg-surface font-medium text-muted text-xs'
          }
        >
          {columns.map((column) => (
            <div
              key={column.id}
              role="columnheader"
              tabIndex={-1}
              className="truncate px-3 last:pr-5 first:pl-5"
            >
              {column.header}
            </div>
          ))}
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const key = String(item.key);
            const active = activeIsRendered ? key === activeKey : key === firstKey || item === items[0];
            return (
              <div
                key={key}
                ref={key === activeKey ? activeRef : undefined}
                role="row"
                aria-rowindex={item.index + 2}
                tabIndex={active ? 0 : -1}
                onFocus={() => setActiveKey(key)}
                onKeyDown={(event) => onKeyDown(event, item.index, row)}
                onClick={() => onOpen(row, item.index)}
                style={{
                  gridTemplateColumns: template,
                  height: rowHeightPx,
                  transform: `translateY(${item.start - headerPx}px)`,
                }}
                className="absolute inset-x-0 top-0 grid cursor-pointer items-center border-line border-b text-sm outline-offset-[-2px]! hover:bg-hover/70"
              >
                {narrow ? (
                  <div role="gridcell" tabIndex={-1} className="min-w-0 px-4">
                    {compact.cell(row)}
                  </div>
                ) : (
                  columns.map((column) => (
                    <div
                      key={column.id}
                      role="gridcell"
                      tabIndex={-1}
                      className="truncate px-3 last:pr-5 first:pl-5"
                    >
                      {column.cell(row)}
                    </div>
                  ))
                )}
              </div>
            );
          })}
        </div>
      </div>
      {footer}
    </div>
  );
}

/** The height of the column headers, `h-9`. */
const headerHeightPx = 36;

const narrowQuery = '(max-width: 767px)';

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(narrowQuery).matches);
  useEffect(() => {
    const list = matchMedia(narrowQuery);
    const onChange = () => setNarrow(list.matches);
    list.addEventListener('change', onChange);
    return () => list.removeEventListener('change', onChange);
  }, []);
  return narrow;
}
