import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisons, memberships, quantifiers, states } from './conditions.ts';
import { follow, parseKeyPath } from './key-path.ts';
import { readMatch } from './match-expression.ts';

const event = {
  action: 'DeleteUser',
  none: null,
  empty: '',
  count: 5,
  ok: true,
  tags: ['a', 'B'],
  nothing: [],
  ip: '10.1.2.3',
  public: '8.8.8.8',
  six: '2001:db8::1',
  'dotted.key': 'd',
  actor: {
    name: 'Ada',
    roles: [
      { id: 1, on: true },
      { id: 2, on: false },
    ],
  },
  before: 3,
  p_enrichment: { geo: { ip: { country: 'DE' } } },
};

/** Whether one condition holds for a key of the event. */
function holds(key: string, condition: string, value?: unknown, name = 'Value'): boolean {
  const { matches, problems } = readMatch(
    [{ Key: key, Condition: condition, ...(value !== undefined && { [name]: value }) }],
    { field: 'Detection' },
  );
  assert.deepEqual(problems, []);
  return matches(event);
}

/** Each condition, on keys for which it holds and does not. */
const table: Readonly<
  Record<string, readonly (readonly [key: string, value: unknown, expected: boolean])[]>
> = {
  Equals: [
    ['action', 'DeleteUser', true],
    ['action', 'deleteuser', false],
    ['missing', 'x', false],
    ['tags', ['a', 'B'], true],
    ['count', '5', false],
    ['none', null, true],
  ],
  DoesNotEqual: [
    ['action', 'x', true],
    ['missing', 'x', true],
    ['count', 5, false],
  ],
  IEquals: [
    ['action', 'deleteUSER', true],
    ['action', 'x', false],
  ],
  IDoesNotEqual: [
    ['action', 'DELETEUSER', false],
    ['action', 'x', true],
  ],
  StartsWith: [
    ['action', 'Delete', true],
    ['action', 'delete', false],
    ['count', '5', false],
  ],
  DoesNotStartWith: [
    ['action', 'Delete', false],
    ['missing', 'Delete', true],
  ],
  IStartsWith: [['action', 'delete', true]],
  IDoesNotStartWith: [['action', 'delete', false]],
  EndsWith: [
    ['action', 'User', true],
    ['action', 'user', false],
  ],
  DoesNotEndWith: [['action', 'User', false]],
  IEndsWith: [['action', 'USER', true]],
  IDoesNotEndWith: [['action', 'USER', false]],
  Contains: [
    ['action', 'eteU', true],
    ['tags', 'a', true],
    ['tags', 'b', false],
    ['missing', 'a', false],
    ['count', 5, false],
  ],
  DoesNotContain: [
    ['tags', 'b', true],
    ['missing', 'a', true],
    ['action', 'User', false],
  ],
  IContains: [
    ['tags', 'b', true],
    ['action', 'ETEu', true],
  ],
  IDoesNotContain: [['tags', 'b', false]],
  IsGreaterThan: [
    ['count', 4, true],
    ['count', 5, false],
    ['action', 'C', true],
    ['action', 4, false],
    ['missing', 4, false],
  ],
  IsGreaterThanOrEqual: [
    ['count', 5, true],
    ['count', 6, false],
  ],
  IsGreaterThanOrEquals: [['count', 5, true]],
  IsLessThan: [
    ['count', 6, true],
    ['count', 5, false],
    ['missing', 4, false],
  ],
  IsLessThanOrEqual: [
    ['count', 5, true],
    ['count', 4, false],
  ],
  IsLessThanOrEquals: [['count', 5, true]],
  IsIPAddressInCIDR: [
    ['ip', '10.0.0.0/8', true],
    ['public', '10.0.0.0/8', false],
    ['six', '2001:db8::/32', true],
    ['action', '10.0.0.0/8', false],
    ['six', '10.0.0.0/8', false],
  ],
  IsIPAddressNotInCIDR: [
    ['ip', '10.0.0.0/8', false],
    ['public', '10.0.0.0/8', true],
  ],
  IsIn: [
    ['action', ['x', 'DeleteUser'], true],
    ['missing', ['x'], false],
    ['count', ['5'], false],
  ],
  IsNotIn: [
    ['action', ['x'], true],
    ['missing', ['x'], true],
    ['count', [5], false],
  ],
  Exists: [
    ['none', undefined, true],
    ['missing', undefined, false],
  ],
  DoesNotExist: [
    ['none', undefined, false],
    ['missing', undefined, true],
  ],
  IsNull: [
    ['none', undefined, true],
    ['missing', undefined, true],
    ['empty', undefined, false],
  ],
  IsNotNull: [
    ['none', undefined, false],
    ['missing', undefined, false],
    ['empty', undefined, true],
  ],
  IsNullOrEmpty: [
    ['none', undefined, true],
    ['empty', undefined, true],
    ['nothing', undefined, true],
    ['count', undefined, false],
  ],
  IsNotNullOrEmpty: [
    ['empty', undefined, false],
    ['count', undefined, true],
  ],
  IsIPAddress: [
    ['ip', undefined, true],
    ['six', undefined, true],
    ['action', undefined, false],
  ],
  IsIPv4Address: [
    ['ip', undefined, true],
    ['six', undefined, false],
  ],
  IsIPv6Address: [
    ['ip', undefined, false],
    ['six', undefined, true],
  ],
  IsIPAddressPrivate: [
    ['ip', undefined, true],
    ['public', undefined, false],
    ['action', undefined, false],
  ],
  IsIPAddressPublic: [
    ['public', undefined, true],
    ['ip', undefined, false],
    ['action', undefined, false],
  ],
};

test('each condition holds when it should and only then', () => {
  const names = [...comparisons.keys(), ...memberships.keys(), ...states.keys()];
  assert.deepEqual(new Set(Object.keys(table)), new Set(names));
  for (const [condition, cases] of Object.entries(table)) {
    for (const [key, value, expected] of cases) {
      const name = memberships.has(condition) ? 'Values' : 'Value';
      assert.equal(
        holds(key, condition, value, name),
        expected,
        `${key} ${condition} ${JSON.stringify(value)}`,
      );
    }
  }
});

test('AlwaysTrue and AlwaysFalse look at nothing', () => {
  assert.equal(readMatch([{ Condition: 'AlwaysTrue' }], { field: 'F' }).matches({}), true);
  assert.equal(readMatch([{ Condition: 'AlwaysFalse' }], { field: 'F' }).matches({}), false);
});

test('elements of a list', () => {
  const on = (condition: string, id: number, list = 'actor.roles') =>
    readMatch(
      [
        {
          KeyPath: list,
          Condition: condition,
          Expressions: [{ Key: 'id', Condition: 'IsGreaterThan', Value: id }],
        },
      ],
      { field: 'Detection' },
    ).matches(event);
  assert.deepEqual([...quantifiers.keys()], ['AnyElement', 'AllElements', 'OnlyOneElement', 'NoElement']);
  assert.deepEqual([on('AnyElement', 1), on('AnyElement', 2)], [true, false]);
  assert.deepEqual(
    [on('AllElements', 0), on('AllElements', 1), on('AllElements', 0, 'nothing')],
    [true, false, false],
  );
  assert.deepEqual([on('OnlyOneElement', 1), on('OnlyOneElement', 0)], [true, false]);
  assert.deepEqual(
    [on('NoElement', 2), on('NoElement', 1), on('NoElement', 1, 'action')],
    [true, false, false],
  );
  const { matches } = readMatch(
    [{ Key: 'tags', Condition: 'AnyElement', Expressions: [{ Condition: 'Equals', Value: 'B' }] }],
    { field: 'Detection' },
  );
  assert.equal(matches(event), true, 'an element that is no object is compared itself');
});

test('combinators, two keys, and every way to name a value', () => {
  const matches = (expressions: unknown) => {
    const read = readMatch(expressions, { field: 'Detection' });
    assert.deepEqual(read.problems, []);
    return read.matches(event);
  };
  const yes = { Condition: 'AlwaysTrue' };
  const no = { Condition: 'AlwaysFalse' };
  assert.deepEqual([matches([yes, yes]), matches([yes, no])], [true, false]);
  assert.deepEqual([matches({ All: [yes, no] }), matches([{ All: [yes] }])], [false, true]);
  assert.deepEqual([matches([{ Any: [no, yes] }]), matches([{ Any: [no, no] }])], [true, false]);
  assert.deepEqual([matches([{ OnlyOne: [no, yes] }]), matches([{ OnlyOne: [yes, yes] }])], [true, false]);
  assert.deepEqual([matches([{ None: [no, no] }]), matches([{ None: [no, yes] }])], [true, false]);
  assert.equal(matches([{ Any: [{ All: [yes, no] }, { None: [no] }] }]), true);
  assert.equal(
    matches([{ Condition: 'IsGreaterThan', Values: [{ Key: 'count' }, { Key: 'before' }] }]),
    true,
  );
  assert.equal(
    matches([{ Condition: 'Equals', Values: [{ Key: 'count' }, { KeyPath: 'actor.name' }] }]),
    false,
  );
  assert.equal(matches([{ DeepKey: ['actor', 'name'], Condition: 'Equals', Value: 'Ada' }]), true);
  assert.equal(matches([{ KeyPath: 'actor.roles[1].id', Condition: 'Equals', Value: 2 }]), true);
  assert.equal(matches([{ KeyPath: 'actor.roles[*].id', Condition: 'Contains', Value: 2 }]), true);
  assert.equal(
    matches([
      {
        Enrichment: { Table: 'geo', Selector: 'ip', FieldPath: 'country' },
        Condition: 'Equals',
        Value: 'DE',
      },
    ]),
    true,
  );
});

test('what is wrong is named with its place', () => {
  const problems = (expressions: unknown, inlineFilter = false) =>
    readMatch(expressions, { field: 'Detection', inlineFilter }).problems.map(
      ({ field, message }) => `${field} ${message}`,
    );
  assert.deepEqual(problems([]), ['Detection expected at least one match expression']);
  assert.deepEqual(problems(['x']), ['Detection[0] expected a match expression']);
  assert.deepEqual(problems([{ Key: 'a' }]), ['Detection[0].Condition is required']);
  assert.deepEqual(problems([{ Key: 'a', Condition: 'Is' }]), [
    'Detection[0].Condition there is no condition Is',
  ]);
  assert.deepEqual(problems([{ Key: 'a', Condition: 'Equals' }]), [
    'Detection[0].Value is required for Equals',
  ]);
  assert.deepEqual(problems([{ Key: 'a', Condition: 'IsIn', Values: 'b' }]), [
    'Detection[0].Values is required for IsIn: a list',
  ]);
  assert.deepEqual(problems([{ Key: 'a', KeyPath: 'b', Condition: 'Exists' }]), [
    'Detection[0] give one of Key and KeyPath',
  ]);
  assert.deepEqual(problems([{ KeyPath: 'a[', Condition: 'Exists' }]), [
    'Detection[0].KeyPath a[ is not a path like a.b[*].c',
  ]);
  assert.deepEqual(problems([{ Key: 'a', Condition: 'IsIPAddressInCIDR', Value: '10.0.0.0/33' }]), [
    'Detection[0].Value expected a network such as 10.0.0.0/8',
  ]);
  assert.deepEqual(problems([{ Any: [{ Key: 'a', Condition: 'StartsWith', Value: 1 }] }]), [
    'Detection[0].Any[0].Value expected text',
  ]);
  assert.deepEqual(problems([{ Key: 'a', Condition: 'Exists', Sort: 1 }]), [
    'Detection[0].Sort is not part of a match expression',
  ]);
  assert.deepEqual(problems([{ None: [{ KeyPath: 'a', Condition: 'Exists' }] }], true), [
    'Detection[0].None is not available in inline filters',
  ]);
  assert.deepEqual(problems([{ Key: 'a', Condition: 'Exists' }], true), [
    'Detection[0].Key is not available in inline filters: use KeyPath',
  ]);
  assert.deepEqual(problems([{ KeyPath: 'a', Condition: 'AnyElement', Expressions: [] }], true), [
    'Detection[0].Condition AnyElement is not available in inline filters',
  ]);
});

test('paths', () => {
  assert.deepEqual(parseKeyPath('a.b[*].c[2]'), ['a', 'b', '[*]', 'c', 2]);
  assert.deepEqual(parseKeyPath("$.a['b.c'].d"), ['a', 'b.c', 'd']);
  assert.deepEqual(parseKeyPath('$.a'), ['a']);
  for (const bad of ['', 'a..b', 'a[x]', 'a[', 'a]b', '.']) assert.equal(parseKeyPath(bad), undefined, bad);
  assert.deepEqual(
    follow({ a: [{ b: [{ c: 1 }, { c: 2 }] }, { b: [{ c: 3 }] }] }, parseKeyPath('a[*].b[*].c') ?? []),
    [1, 2, 3],
  );
  assert.equal(follow({ a: null }, ['a', 'b']), undefined);
  assert.equal(follow({}, ['toString']), undefined, 'what objects inherit is not in an event');
});
