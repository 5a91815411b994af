import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTimestamp, isTimestamp, parseTimestamp } from './timestamp.ts';

const earliest = parseTimestamp('0001-01-01 00:00:00');
const latest = parseTimestamp('9999-12-31 23:59:59.999999999');

test('fractions of any length are read to the nanosecond', () => {
  assert.equal(parseTimestamp('1970-01-01 00:00:00'), 0n);
  assert.equal(parseTimestamp('1970-01-01 00:00:01.5'), 1_500_000_000n);
  assert.equal(parseTimestamp('2022-04-28 15:30:22.42'), 1_651_159_822_420_000_000n);
  assert.equal(parseTimestamp('2023-02-09 21:45:59.352910070'), 1_675_979_159_352_910_070n);
  assert.equal(parseTimestamp('1969-12-31 23:59:59.999999999'), -1n);
});

test('a timestamp is written with nine digits', () => {
  assert.equal(formatTimestamp(0n), '1970-01-01 00:00:00.000000000');
  assert.equal(formatTimestamp(-1n), '1969-12-31 23:59:59.999999999');
  assert.equal(formatTimestamp(1_675_979_159_352_910_070n), '2023-02-09 21:45:59.352910070');
  assert.equal(formatTimestamp(earliest), '0001-01-01 00:00:00.000000000');
  assert.equal(formatTimestamp(latest), '9999-12-31 23:59:59.999999999');
});

test('every nanosecond of the years 0001 to 9999 reads back, and text order is time order', () => {
  const nanoseconds = fc.bigInt({ min: earliest, max: latest });
  fc.assert(
    fc.property(nanoseconds, nanoseconds, (one, other) => {
      assert.equal(parseTimestamp(formatTimestamp(one)), one);
      assert.equal(one < other, formatTimestamp(one) < formatTimestamp(other));
    }),
  );
});

test('other forms, and times that do not exist, are refused', () => {
  const refused = [
    '',
    'now',
    '2023-02-09',
    '2023-02-09T21:45:59',
    '2023-02-09 21:45:59Z',
    '2023-02-09 21:45:59.',
    '2023-02-09 21:45:59.1234567890',
    '2023-02-09 21:45',
    ' 2023-02-09 21:45:59',
    '2023-02-09 21:45:59\n',
    '2023-02-29 00:00:00',
    '2023-13-01 00:00:00',
    '2023-02-09 24:00:00',
    '2023-02-09 23:59:60',
    '0000-01-01 00:00:00',
    '-001-01-01 00:00:00',
    '٢٠٢٣-02-09 21:45:59',
  ];
  for (const text of refused) {
    assert.throws(() => parseTimestamp(text), { name: 'RecordError', code: 'not_a_timestamp' }, text);
    assert.equal(isTimestamp(text), false, text);
  }
});

test('years outside 0001 to 9999 are not written', () => {
  assert.throws(() => formatTimestamp(earliest - 1n), { code: 'not_a_timestamp' });
  assert.throws(() => formatTimestamp(latest + 1n), { code: 'not_a_timestamp' });
});
