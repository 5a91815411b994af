import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { ofPerson, type PersonalPlace, takePersonal } from './personal.ts';
import { personal, recordable, recordedDepthMax, redact, secret } from './redaction.ts';

const password = secret(z.string()).min(8);
const invite = z.strictObject({
  input: z.strictObject({
    email: z.email(),
    password: password.optional(),
    tags: z.array(z.string()).optional(),
    role: z.strictObject({ kind: z.enum(['ID', 'NAME']), value: z.string() }).optional(),
  }),
});

test('a secret is redacted and the rest of a valid value is kept', () => {
  assert.deepEqual(
    redact(invite, { input: { email: 'a@example.com', password: 'hunter2hunter2', tags: ['x'] } }),
    { input: { email: 'a@example.com', password: '(redacted)', tags: ['x'] } },
  );
});

test('a secret of any other kind is redacted whole', () => {
  for (const value of [null, 7, '', ['hunter2'], { value: 'hunter2' }]) {
    assert.deepEqual(redact(invite, { input: { password: value } }), { input: { password: '(redacted)' } });
  }
  assert.equal(redact(secret(z.object({ a: z.string() })), { a: 'hunter2' }), '(redacted)');
});

test('an absent secret stays absent', () => {
  assert.deepEqual(redact(invite, { input: { email: 'a@example.com', password: undefined } }), {
    input: { email: 'a@example.com' },
  });
});

test('an unknown field keeps its name only', () => {
  assert.deepEqual(
    redact(invite, { input: { email: 'a@example.com', passwrod: 'hunter2' }, extra: { a: 1 } }),
    {
      input: { email: 'a@example.com', passwrod: '(not recorded: unknown field)' },
      extra: '(not recorded: unknown field)',
    },
  );
});

test('invalid values of known fields are kept as they were sent', () => {
  const input = { email: 12, tags: [null, 3], role: { kind: 'OTHER', value: false } };
  assert.deepEqual(redact(invite, { input }), { input });
});

test('something else where an object, a list or a text belongs is not recorded', () => {
  assert.equal(redact(invite, 'hunter2'), '(not recorded: not an object)');
  assert.deepEqual(redact(invite, { input: ['hunter2'] }), { input: '(not recorded: not an object)' });
  assert.deepEqual(redact(invite, { input: { email: { hunter2: 'hunter2' }, tags: { hunter2: 1 } } }), {
    input: { email: '(not recorded: unexpected object)', tags: '(not recorded: unexpected object)' },
  });
  assert.deepEqual(redact(invite, { input: { email: ['hunter2'] } }), {
    input: { email: '(not recorded: unexpected array)' },
  });
  assert.equal(redact(invite, null), null);
});

test('a single item where a list belongs is read as the item', () => {
  const schema = z.object({ ids: z.array(z.string()), keys: z.array(z.object({ key: secret(z.string()) })) });
  assert.deepEqual(redact(schema, { ids: '7', keys: { key: 'hunter2' } }), {
    ids: '7',
    keys: { key: '(redacted)' },
  });
});

test('the mark survives everything a schema is wrapped in or derived with', () => {
  const text = secret(z.string());
  const wrapped: Record<string, z.ZodType> = {
    optional: text.optional(),
    nullable: text.nullable(),
    nullish: text.nullish(),
    default: text.default('x'),
    prefault: text.prefault('x'),
    catch: text.catch('x'),
    readonly: text.readonly(),
    nonoptional: text.optional().nonoptional(),
    check: text.min(3).max(9).trim(),
    refine: text.refine(() => true),
    describe: text.describe('a secret'),
    meta: text.meta({ title: 'a secret' }),
    brand: text.brand('Secret'),
    transform: text.transform((value) => value.length),
    pipe: text.pipe(z.string()),
    'pipe out': z.string().pipe(text),
    preprocess: z.preprocess((value) => value, text),
    union: z.union([z.number(), text]),
    intersection: z.intersection(z.string(), text),
    lazy: z.lazy(() => text),
    'array item': z.array(text),
  };
  for (const [how, schema] of Object.entries(wrapped)) {
    assert.deepEqual(redact(z.object({ a: schema }), { a: 'hunter2' }), { a: '(redacted)' }, how);
  }
});

test('marking a schema leaves the schema it was made from alone', () => {
  const text = z.string();
  secret(text);
  assert.equal(redact(text, 'plain'), 'plain');
});

test('lists, tuples, records and open objects are walked', () => {
  const schema = z.object({
    list: z.array(z.object({ key: secret(z.string()), name: z.string() })),
    pair: z.tuple([z.string(), secret(z.string())]),
    record: z.record(z.string(), z.object({ key: secret(z.string()) })),
    open: z.looseObject({ key: secret(z.string()) }),
    rest: z.object({}).catchall(secret(z.string())),
    event: z.json(),
  });
  assert.deepEqual(
    redact(schema, {
      list: [{ key: 'hunter2', name: 'a' }],
      pair: ['a', 'hunter2'],
      record: { any: { key: 'hunter2' } },
      open: { key: 'hunter2', other: [1] },
      rest: { any: 'hunter2' },
      event: { a: [1, { b: null }] },
    }),
    {
      list: [{ key: '(redacted)', name: 'a' }],
      pair: ['(redacted)', '(redacted)'],
      record: { any: { key: '(redacted)' } },
      open: { key: '(redacted)', other: [1] },
      rest: { any: '(redacted)' },
      event: { a: [1, { b: null }] },
    },
  );
});

test('what one branch of a union calls secret is redacted whichever branch the value fits', () => {
  const schema = z.discriminatedUnion('auth', [
    z.object({ auth: z.literal('basic'), user: z.string(), value: secret(z.string()) }),
    z.object({ auth: z.literal('none'), value: z.string() }),
  ]);
  assert.deepEqual(redact(schema, { auth: 'none', value: 'hunter2', user: 'u' }), {
    auth: 'none',
    value: '(redacted)',
    user: 'u',
  });
});

test('a schema that contains itself is followed as far as the value goes', () => {
  const folder = z.object({
    name: z.string(),
    key: secret(z.string()).optional(),
    get folders() {
      return z.array(folder).optional();
    },
  });
  assert.deepEqual(redact(folder, { name: 'a', folders: [{ name: 'b', key: 'hunter2', folders: [] }] }), {
    name: 'a',
    folders: [{ name: 'b', key: '(redacted)', folders: [] }],
  });
  const endless: z.ZodType = z.lazy(() => endless);
  assert.equal(redact(endless, 'x'), '(not recorded: unexpected value)');
});

test('keys that objects inherit are neither known nor able to change a prototype', () => {
  const value = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"a":1},"toString":2,"input":null}');
  const copy = redact(invite, value);
  assert.equal(
    canonicalJson(copy),
    '{"__proto__":"(not recorded: unknown field)","constructor":"(not recorded: unknown field)",' +
      '"input":null,"toString":"(not recorded: unknown field)"}',
  );
  assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  assert.equal(
    canonicalJson(redact(z.record(z.string(), z.unknown()), JSON.parse('{"__proto__":{"a":1}}'))),
    '{"__proto__":{"a":1}}',
  );
});

test('depth is limited, so that a cycle ends', () => {
  const nested = (depth: number, inside: unknown): unknown =>
    depth === 0 ? inside : [nested(depth - 1, inside)];
  assert.deepEqual(recordable(nested(recordedDepthMax, 1)), nested(recordedDepthMax, 1));
  assert.deepEqual(
    recordable(nested(recordedDepthMax + 1, 1)),
    nested(recordedDepthMax, '(not recorded: too deep)'),
  );
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assert.match(canonicalJson(recordable(cycle)), /too deep/);
});

test('lone surrogates become the replacement character, in keys too', () => {
  assert.deepEqual(redact(invite, { input: { email: 'a\ud800b', '\udc00': 1 } }), {
    input: { email: 'a\ufffdb', '\ufffd': '(not recorded: unknown field)' },
  });
});

test('whatever is sent, the result has a canonical form', () => {
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true });
  fc.assert(
    fc.property(value, (any) => {
      canonicalJson(recordable(any));
      canonicalJson(redact(invite, any));
      canonicalJson(redact(invite, { input: any }));
    }),
  );
});

test('JSON that no schema describes is kept', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }), (value) => {
      assert.equal(canonicalJson(recordable(value)), canonicalJson(value));
    }),
  );
});

test('no secret of any schema is left in what is recorded, and without a union nothing else is lost', () => {
  fc.assert(
    fc.property(schemasWithValues(), ({ schema, value, publicValues, hasUnion }) => {
      const text = canonicalJson(redact(schema, value));
      assert.doesNotMatch(text, /hunter2/);
      if (!hasUnion) assert.equal(text.split('plain').length - 1, publicValues);
    }),
    { numRuns: 1_000 },
  );
});

/** A schema, and a value that holds `hunter2` wherever the schema says secret and `plain` where it does not. */
interface Example {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly publicValues: number;
  readonly hasUnion: boolean;
}

function schemasWithValues(): fc.Arbitrary<Example> {
  const secretValue = fc.constantFrom<unknown>('hunter2', ['hunter2'], { a: { b: 'hunter2' } });
  const leaf: fc.Arbitrary<Example> = fc.oneof(
    fc.constant({ schema: z.string(), value: 'plain', publicValues: 1, hasUnion: false }),
    secretValue.map((value) => ({ schema: secret(z.string()), value, publicValues: 0, hasUnion: false })),
  );
  const { example } = fc.letrec<{ example: Example }>((tie) => ({
    example: fc.oneof(
      { depthSize: 'medium' },
      leaf,
      tie('example').map((inner) => ({ ...inner, schema: inner.schema.optional() })),
      tie('example').map((inner) => ({ ...inner, schema: inner.schema.nullable().describe('x') })),
      tie('example').map((inner) => ({ ...inner, schema: z.lazy(() => inner.schema) })),
      tie('example').map((inner) => ({ ...inner, schema: inner.schema.transform(String) })),
      tie('example').map((inner) => ({ ...inner, schema: z.array(inner.schema), value: [inner.value] })),
      tie('example').map((inner) => ({
        ...inner,
        schema: z.record(z.string(), inner.schema),
        value: { k: inner.value },
      })),
      fc.tuple(tie('example'), tie('example')).map(([one, other]) => ({
        schema: z.object({ one: one.schema, other: other.schema }),
        value: { one: one.value, other: other.value },
        publicValues: one.publicValues + other.publicValues,
        hasUnion: one.hasUnion || other.hasUnion,
      })),
      fc.tuple(tie('example'), tie('example')).map(([one, other]) => ({
        ...one,
        schema: z.union([other.schema, one.schema]),
        hasUnion: true,
      })),
    ),
  }));
  return example;
}

test('what a schema calls personal is marked, valid or not, and taken out with its place', () => {
  const schema = z.strictObject({
    email: personal(z.string().min(3)).max(9),
    name: personal(z.string()).nullish(),
    by: z.union([z.number(), personal(z.string())]),
    secret: personal(secret(z.string())),
    id: z.string(),
  });
  const sent = { email: 'x', name: null, by: 'ada', secret: 'pass', id: '7', other: 1 };
  const places: PersonalPlace[] = [];
  const taken = takePersonal({ input: redact(schema, sent) }, ['actionParams'], 'USER:u1', places);
  assert.deepEqual(taken, {
    input: {
      email: 'x',
      name: null,
      by: 'ada',
      secret: '(redacted)',
      id: '7',
      other: '(not recorded: unknown field)',
    },
  });
  assert.deepEqual(
    places,
    ['email', 'by'].map((key) => ({ path: ['actionParams', 'input', key], subject: 'USER:u1' })),
  );
});

test('a value of a certain person is taken out under that person', () => {
  const places: PersonalPlace[] = [];
  const details = {
    before: [{ email: ofPerson('USER:u2', 'grace@example.com'), name: ofPerson('USER:u2', null) }],
  };
  assert.deepEqual(takePersonal(details, ['actionDetails'], 'USER:u1', places), {
    before: [{ email: 'grace@example.com', name: null }],
  });
  assert.deepEqual(places, [{ path: ['actionDetails', 'before', '0', 'email'], subject: 'USER:u2' }]);
});
