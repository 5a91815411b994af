import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastCheck from 'fast-check';
import { lookupLimits, readLookupRows } from './read-lookup-rows.ts';

const ada = { ip: '1.1.1.1', who: 'Ada "A", Countess' };
const bob = { ip: '2.2.2.2', who: 'Bob\nB' };
const expected = [
  ['1.1.1.1', ada],
  ['2.2.2.2', bob],
];
const csv = '\uFEFFip,who\r\n1.1.1.1,"Ada ""A"", Countess"\r\n\r\n2.2.2.2,"Bob\nB"';

for (const [form, fileName, text] of [
  ['CSV', 'a.csv', csv],
  ['lines of JSON', 'a.jsonl', `${JSON.stringify(ada)}\n\n${JSON.stringify(bob)}\n`],
  ['an array', 'a.json', JSON.stringify([ada, bob], null, 2)],
] as const) {
  test(`${form} is read by its primary key`, () => {
    assert.deepEqual(readLookupRows(fileName, text, 'ip'), { rows: expected, problems: [] });
  });
}

test('each element of a list is a key, and a number is', () => {
  const row = { keys: ['a', 7] };
  const { rows } = readLookupRows('a.jsonl', JSON.stringify(row), 'keys');
  assert.deepEqual(rows, [
    ['a', row],
    ['7', row],
  ]);
});

const deep = '{"ip": "1", "a": '.concat('['.repeat(40), ']'.repeat(40), '}');
for (const [fileName, text, problems] of [
  [
    'a.csv',
    'ip,who\n1,2\n1,3\n,4',
    ['line 3: ip 1 has a row already', 'line 4: its primary key ip must be a text or a number'],
  ],
  ['a.csv', 'ip,who\n1,2,3', ['line 2: has 3 fields, the header has 2']],
  ['a.csv', 'ip,ip\n1,2', ['line 1: the header must name each column once']],
  [
    'a.csv',
    'ip,who\n"1\n2,3\n',
    ['line 2: is not CSV; a field with quotes or line breaks must be in quotes'],
  ],
  ['a.csv', 'address\n1', ['line 2: its primary key ip must be a text or a number']],
  ['a.jsonl', '{"ip": "1"}\n{"ip": ', ['line 2: is not JSON']],
  ['a.json', '[{"ip": "1"}, 2]', ['row 2: must be an object']],
  ['a.json', '[', ['is not JSON']],
  ['a.jsonl', '{"ip": []}', ['line 1: its primary key ip is empty']],
  ['a.jsonl', deep, ['line 1: is nested deeper than 32 levels']],
  ['a.jsonl', `{"ip": "1", "a": "${'x'.repeat(70_000)}"}`, ['line 1: is larger than 65536 bytes']],
  ['a.jsonl', ' '.repeat(lookupLimits.bytes + 1), ['is larger than 2097152 bytes']],
  [
    'a.csv',
    `ip\n${Array.from({ length: 100_001 }, (_, at) => at).join('\n')}`,
    ['has more than 100000 rows'],
  ],
  [
    'a.csv',
    `ip\n${'1\n'.repeat(500)}`,
    Array.from({ length: 20 }, (_, at) => `line ${at + 3}: ip 1 has a row already`),
  ],
] as const) {
  test(`told of ${fileName} ${JSON.stringify(text.slice(0, 30))}: ${problems[0]}`, () => {
    assert.deepEqual(readLookupRows(fileName, text, 'ip'), { rows: [], problems: [...problems] });
  });
}

test('CSV says what was written into it', () => {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const texts = fastCheck.string({ unit: fastCheck.constantFrom('a', '"', ',', '\n', '\r', 'ü') });
  fastCheck.assert(
    fastCheck.property(fastCheck.array(texts, { maxLength: 20 }), (values) => {
      const lines = values.map((value, at) => `${at},${quote(value)}`);
      assert.deepEqual(
        readLookupRows('a.csv', ['id,value', ...lines].join('\r\n'), 'id').rows.map(([, row]) => row.value),
        values,
      );
    }),
  );
});
