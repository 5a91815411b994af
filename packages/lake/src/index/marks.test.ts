import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forTextMarks, marksOfPart, partLengthMin } from './marks.ts';

const letters = fc.constantFrom(...'ab{}:," é\n');
const text = fc.array(letters, { maxLength: 80 }).map((characters) => characters.join(''));

function marksOf(bytes: Uint8Array, from?: number, to?: number): ReadonlySet<number> {
  const marks = new Set<number>();
  forTextMarks(bytes, (mark) => marks.add(mark), from, to);
  return marks;
}

test('a text has the marks of every part of it, wherever it lies among others', () => {
  fc.assert(
    fc.property(text, text, text, (before, part, behind) => {
      const marks = marksOf(Buffer.from(before + part + behind));
      for (const mark of marksOfPart(part)) assert.ok(marks.has(mark));
      const bytes = Buffer.from(part);
      const from = Buffer.byteLength(before);
      const among = Buffer.from(before + part + behind);
      assert.deepEqual(marksOf(among, from, from + bytes.length), marksOf(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test('the marks of a text are the least of each of its windows', () => {
  fc.assert(
    fc.property(text, (given) => {
      const bytes = Buffer.from(given);
      const windows = Math.max(0, bytes.length - partLengthMin + 1);
      const least = new Set<number>();
      for (let at = 0; at < windows; at += 1) {
        const marks = marksOf(bytes, at, at + partLengthMin);
        assert.equal(marks.size, 1);
        for (const mark of marks) least.add(mark);
      }
      assert.deepEqual([...marksOf(bytes)].toSorted(), [...least].toSorted());
    }),
    { numRuns: 1_000 },
  );
});
