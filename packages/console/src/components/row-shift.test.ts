import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf, shiftAt } from './row-shift.ts';

const rowHeightPx = 36;
const viewPx = 800;
const laidOut = 100_000;

for (const excess of [1, 1_000, 900_000, 20_000_000]) {
  const room = { excess, rowHeightPx, scrollMaxPx: laidOut * rowHeightPx - viewPx };
  const lastRow = excess + laidOut - viewPx / rowHeightPx;

  test(`with ${excess} rows too many the ends of the scrollbar are the ends of the rows`, () => {
    assert.equal(shiftAt(0, room), 0);
    assert.equal(shiftAt(room.scrollMaxPx, room), excess);
    assert.equal(shiftAt(-40, room), 0);
    assert.equal(shiftAt(room.scrollMaxPx + 40, room), excess);
  });

  test(`with ${excess} rows too many a row stays where it is when the scrollbar is put right`, () => {
    for (const row of [0, 0.2, 1, 3, 99.5, lastRow / 3, lastRow / 2, lastRow - 3, lastRow - 0.5, lastRow]) {
      const { scrollTopPx, shift } = placeOf(row, room);
      assert(Math.abs(scrollTopPx / rowHeightPx + shift - row) < 1e-6, `row ${row}`);
      // The way on is never closed by an end of the scrollbar.
      if (row > 0) assert(scrollTopPx > 0, `above row ${row}`);
      if (row < lastRow) assert(scrollTopPx < room.scrollMaxPx, `below row ${row}`);
      const again = placeOf(scrollTopPx / rowHeightPx + shift, room);
      assert.equal(again.shift, shift);
    }
  });
}
