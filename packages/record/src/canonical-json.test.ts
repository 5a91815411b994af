import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalDepthMax, canonicalJson } from './canonical-json.ts';
import { RecordError } from './record-error.ts';

// RFC 8785 appendix B: the bits of a double, and its text.
const numbers: readonly (readonly [bits: string, text: string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

test('numbers are written as RFC 8785 appendix B lists them', () => {
  for (const [bits, text] of numbers) {
    assert.equal(canonicalJson(new DataView(hexBuffer(bits)).getFloat64(0)), text, bits);
  }
});

test('keys are sorted by UTF-16 code units, not by code points', () => {
  // RFC 8785 section 3.2.3: the emoji is a surrogate pair, so it comes before U+FB33.
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
  const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  assert.deepEqual(Object.keys(JSON.parse(text)), [
    '1',
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\u{1f600}',
    '\ufb33',
  ]);
  assert.equal(text, '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\u{1f600}":0,"\ufb33":0}');
});

test('strings escape only what RFC 8785 section 3.2.2.2 asks for, in its spelling', () => {
  assert.equal(
    canonicalJson('\u20ac$\u000f\b\t\n\f\r\u001fA\'B"\\/\u007f\u2028'),
    '"\u20ac$\\u000f\\b\\t\\n\\f\\r\\u001fA\'B\\"\\\\/\u007f\u2028"',
  );
});

test('literals, nesting and keys that objects inherit keep their place', () => {
  const value = JSON.parse('{"b":[null,true,false,[],{}],"__proto__":{"x":1},"constructor":2}');
  assert.equal(canonicalJson(value), '{"__proto__":{"x":1},"b":[null,true,false,[],{}],"constructor":2}');
});

test('an undefined property is left out', () => {
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}');
});

test('objects without a prototype are plain objects', () => {
  assert.equal(canonicalJson(Object.assign(Object.create(null), { a: 1 })), '{"a":1}');
});

const refused: readonly (readonly [what: string, value: unknown])[] = [
  ['NaN', Number.NaN],
  ['Infinity', { a: Number.POSITIVE_INFINITY }],
  ['undefined', undefined],
  ['undefined in an array', [undefined]],
  ['a hole in an array', new Array(1)],
  ['a big integer', 1n],
  ['a function', { a: () => 1 }],
  ['a symbol', Symbol('a')],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['bytes', new Uint8Array(1)],
  ['a lone high surrogate', '\ud800'],
  ['a lone low surrogate in a key', { '\udc00': 1 }],
];

for (const [what, value] of refused) {
  test(`${what} is refused`, () => {
    assert.throws(() => canonicalJson(value), { name: 'RecordError', code: 'not_json' });
  });
}

test('nesting has a limit, so that neither depth nor a cycle exhausts the stack', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  assert.equal(canonicalJson(nested(canonicalDepthMax)).length, canonicalDepthMax * 2 + 1);
  assert.throws(() => canonicalJson(nested(canonicalDepthMax + 1)), { code: 'too_deep' });
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assert.throws(() => canonicalJson(cycle), { code: 'too_deep' });
});

test('any JSON value survives, and has one text whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(withKeysReversed(value)), text);
    }),
  );
});

test('any value at all gives JSON that reads back to the same text, or a RecordError', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withSparseArray: true }), (value) => {
      const text = outcome(() => canonicalJson(value));
      if (!(text instanceof RecordError)) assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  );
});

function outcome(run: () => string): string | RecordError {
  try {
    return run();
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
}

function withKeysReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeysReversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, withKeysReversed(member)]);
  return Object.fromEntries(members.reverse());
}

function hexBuffer(hex: string): ArrayBuffer {
  return Uint8Array.fromHex(hex).buffer;
}
