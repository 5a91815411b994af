// biome-ignore-all lint/a11y/useSemanticElements: rows placed one by one cannot be a table element's
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { placeOf, type Room, shiftAt } from './row-shift.ts';
import { Skeleton } from './states.tsx';

export type GridColumn<Row> = {
  readonly id: string;
  readonly header: ReactNode;
  /** A grid track, such as `12rem` or `minmax(10rem, 1fr)`. */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
};

export type GridHandle = {
  /** Scrolls to the first row. */
  readonly showFirst: () => void;
};

type VirtualGridProps<Row> = {
  readonly ref?: Ref<GridHandle>;
  readonly label: string;
  /** How many rows there are, loaded or not. */
  readonly count: number;
  /** Undefined for a row that is not loaded. */
  readonly rowAt: (index: number) => Row | undefined;
  /** The same for a row wherever it stands, also while it is not loaded. */
  readonly rowKey: (index: number) => string;
  /** What is known of a row that is not loaded; stands in the place of its first cell. */
  readonly awaitedCell?: (index: number) => ReactNode;
  readonly columns: readonly GridColumn<Row>[];
  readonly rowHeightPx: number;
  /** There are more rows than are counted yet. */
  readonly isOpenEnded?: boolean;
  readonly onOpen: (row: Row, index: number) => void;
  /** Which rows are in view, the second in it too. Rows that somebody only rushes past are left out. */
  readonly onView: (first: number, last: number) => void;
  /** Replaces the columns where there is no room for them. */
  readonly compact?: { readonly cell: (row: Row) => ReactNode; readonly rowHeightPx: number };
  /** Shown after the last row. */
  readonly footer?: ReactNode;
  /** Whether the first row is in view whole. */
  readonly onTop?: (isAtTop: boolean) => void;
};

/** Where nothing has moved for so long, it rests. */
const restMs = 100;

/**
 * A grid of any number of rows of one height, of which only those in view exist. One row is in the tab order;
 * arrows, Page Up/Down, Home and End move it, Enter opens it. The active row is kept by its key, so that rows
 * arriving above it do not move the focus.
 */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { label, count, rowAt, rowKey, columns, isOpenEnded, onOpen, onView, compact, footer } = props;
  const scrollRef = useRef<HTMLDivElement>(null);
  const narrow = useNarrow() && compact !== undefined;
  const rowHeightPx = narrow ? compact.rowHeightPx : props.rowHeightPx;
  // The header lies over the first rows of what is in view.
  const headerPx = narrow ? 0 : headerHeightPx;
  const [activeKey, setActiveKey] = useState<string>();
  const focusKey = useRef<string>(undefined);
  const activeRef = useRef<HTMLDivElement>(null);

  const { laidOut, shift, onScrolled, leapTo } = useShift(count, rowHeightPx, scrollRef);
  useImperativeHandle(props.ref, () => ({ showFirst: () => leapTo(0) }));
  const virtualizer = useVirtualizer({
    count: laidOut,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowHeightPx,
    overscan: 10,
    scrollMargin: headerPx,
    scrollPaddingStart: headerPx,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height invalidates every measured row
  useEffect(() => virtualizer.measure(), [rowHeightPx, virtualizer]);

  const items = virtualizer
    .getVirtualItems()
    .map(({ index, start }) => ({ index: index + shift, start, key: rowKey(index + shift) }));
  useView(items[0]?.index ?? 0, items.at(-1)?.index ?? -1, onView);

  useEffect(() => {
    // Of an earlier rendering the active row may still be another.
    if (activeRef.current === null || activeKey === undefined || focusKey.current !== activeKey) return;
    focusKey.current = undefined;
    activeRef.current.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>, index: number) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const row = rowAt(index);
      if (row !== undefined) onOpen(row, index);
      return;
    }
    const page = Math.max(1, Math.floor((scrollRef.current?.clientHeight ?? 0) / rowHeightPx) - 2);
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: count - 1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const target = Math.min(Math.max(step, 0), count - 1);
    focusKey.current = rowKey(target);
    setActiveKey(focusKey.current);
    const isLaidOut = target >= shift && target < shift + laidOut;
    virtualizer.scrollToIndex(target - (isLaidOut ? shift : leapTo(target)), { align: 'auto' });
  };

  const template = narrow ? '1fr' : columns.map((column) => column.width).join(' ');
  const activeIsRendered = items.some((item) => item.key === activeKey);

  return (
    <div
      ref={scrollRef}
      onScroll={({ currentTarget }) => {
        onScrolled(currentTarget);
        props.onTop?.(shift === 0 && currentTarget.scrollTop < 8);
      }}
      className="thin-scrollbar relative min-h-0 flex-1 overflow-auto [overflow-anchor:none]"
    >
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={isOpenEnded ? -1 : count + 1}
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
          {items.map(({ index, key, start }, position) => {
            const row = rowAt(index);
            const active = activeIsRendered ? key === activeKey : position === 0;
            return (
              <div
                key={key}
                ref={key === activeKey ? activeRef : undefined}
                role="row"
                aria-rowindex={index + 2}
                aria-busy={row === undefined || undefined}
                tabIndex={active ? 0 : -1}
                onFocus={() => setActiveKey(key)}
                onKeyDown={(event) => onKeyDown(event, index)}
                onClick={() => row !== undefined && onOpen(row, index)}
                style={{
                  gridTemplateColumns: template,
                  height: rowHeightPx,
                  transform: `translateY(${start - headerPx}px)`,
                }}
                className="absolute inset-x-0 top-0 grid cursor-pointer items-center border-line border-b text-sm outline-offset-[-2px]! hover:bg-hover/70 aria-busy:cursor-default"
              >
                {narrow ? (
                  <div role="gridcell" tabIndex={-1} className="min-w-0 px-4">
                    {row === undefined ? (
                      <div className="flex flex-col gap-2">
                        {props.awaitedCell?.(index)}
                        <Skeleton className="h-3 w-2/3" />
                      </div>
                    ) : (
                      compact.cell(row)
                    )}
                  </div>
                ) : (
                  columns.map((column, place) => (
                    <div
                      key={column.id}
                      role="gridcell"
                      tabIndex={-1}
                      className="truncate px-3 last:pr-5 first:pl-5"
                    >
                      {row !== undefined
                        ? column.cell(row)
                        : (place === 0 && props.awaitedCell?.(index)) || <Skeleton className="h-3 w-2/3" />}
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

/** Tells of the rows in view: at once where they pass slowly, else once they stay. */
function useView(first: number, last: number, onView: (first: number, last: number) => void): void {
  const told = useRef({ first: 0, last: Number.POSITIVE_INFINITY });
  useEffect(() => {
    if (last < first) return;
    const tell = () => {
      told.current = { first, last };
      onView(first, last);
    };
    const isNear = first <= told.current.last && last >= told.current.first;
    if (isNear) return tell();
    const timer = setTimeout(tell, restMs);
    return () => clearTimeout(timer);
  }, [first, last, onView]);
}

/**
 * More rows than a browser has room for: those laid out are a part of all, from row `shift` on. It stays while somebody
 * scrolls row by row, follows the scrollbar where that leaps, and is put right once it rests, without a row moving.
 */
function useShift(count: number, rowHeightPx: number, scrollRef: RefObject<HTMLDivElement | null>) {
  const [kept, setKept] = useState(0);
  const lastTop = useRef(0);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(resting.current), []);
  const laidOut = Math.min(count, Math.floor(laidOutMaxPx / rowHeightPx));
  const excess = count - laidOut;
  const shift = Math.min(kept, excess);

  /** Has this row, whole or in part, the first in view, and the scrollbar where it belongs. */
  const place = (row: number, element: HTMLDivElement, room: Room): number => {
    const { scrollTopPx, shift } = placeOf(row, room);
    flushSync(() => setKept(shift));
    lastTop.current = scrollTopPx;
    element.scrollTop = scrollTopPx;
    return shift;
  };
  const onScrolled = (element: HTMLDivElement) => {
    const { scrollTop } = element;
    const leapPx = Math.abs(scrollTop - lastTop.current);
    lastTop.current = scrollTop;
    clearTimeout(resting.current);
    if (excess === 0) return;
    const room = roomOf(element, excess, rowHeightPx);
    const putRight = () => place(element.scrollTop / rowHeightPx + shift, element, room);
    if (leapPx > element.clientHeight * 3) return setKept(shiftAt(scrollTop, room));
    const isAtEnd = (scrollTop <= 0 && shift > 0) || (scrollTop >= room.scrollMaxPx && shift < excess);
    if (isAtEnd) return void putRight();
    resting.current = setTimeout(putRight, restMs);
  };
  /** Scrolls to a row. @returns the shift there is then. */
  const leapTo = (row: number): number => {
    const element = scrollRef.current;
    return element === null ? shift : place(row, element, roomOf(element, excess, rowHeightPx));
  };
  return { laidOut, shift, onScrolled, leapTo };
}

function roomOf(element: HTMLDivElement, excess: number, rowHeightPx: number): Room {
  return { excess, rowHeightPx, scrollMaxPx: element.scrollHeight - element.clientHeight };
}

/** Browsers lay out no more than 17 million pixels, and less where a page is enlarged. */
const laidOutMaxPx = 6_000_000;

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
