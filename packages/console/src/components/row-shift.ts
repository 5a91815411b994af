/** A place to scroll in, and how many rows more there are than are laid out in it. */
export type Room = {
  readonly excess: number;
  readonly rowHeightPx: number;
  readonly scrollMaxPx: number;
};

/** From which row on rows are laid out where the scrollbar is here, so that both its ends are the ends of all rows. */
export function shiftAt(scrollTopPx: number, { excess, scrollMaxPx }: Room): number {
  if (scrollMaxPx <= 0) return 0;
  const part = Math.min(1, Math.max(0, scrollTopPx / scrollMaxPx));
  // Towards the nearer end, which is never come to before its row.
  return part < 0.5 ? Math.floor(excess * part) : Math.ceil(excess * part);
}

/** Where the scrollbar belongs for a row, whole or in part, to be the first in view; and the shift it then has. */
export function placeOf(row: number, room: Room): { readonly scrollTopPx: number; readonly shift: number } {
  const { excess, rowHeightPx, scrollMaxPx } = room;
  const near = row / (1 / rowHeightPx + excess / Math.max(1, scrollMaxPx));
  const shift = shiftAt(near, room);
  return { scrollTopPx: Math.min(scrollMaxPx, Math.max(0, (row - shift) * rowHeightPx)), shift };
}
