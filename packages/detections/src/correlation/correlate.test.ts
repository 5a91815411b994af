import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlate, readContent, testCorrelationRule } from '@pawprint/detections';

const ok = { passed: true, error: null };

/** Runs the tests of a rule. @param detection YAML, indented by two, of what it looks for. @param cases YAML of outputs that must match or not. */
function check(
  detection: string,
  cases: Readonly<Record<string, readonly [expected: boolean, outputs: string]>>,
) {
  const tests = Object.entries(cases)
    .map(
      ([name, [expected, outputs]]) =>
        `- {Name: ${name}, ExpectedResult: ${expected}, RuleOutputs: ${outputs}}`,
    )
    .join('\n');
  const text = `AnalysisType: correlation_rule\nRuleID: C\nSeverity: High\nDetection:\n${detection}\nTests:\n${tests}`;
  const { others, problems } = readContent([{ path: 'c.yml', text }]);
  assert.deepEqual(problems, []);
  const rule = others[0]?.spec;
  assert(rule?.AnalysisType === 'correlation_rule');
  assert.deepEqual(
    testCorrelationRule(rule),
    Object.keys(cases).map((name) => ({ name, ...ok })),
  );
  return rule;
}

test('a sequence follows the same value in order, within the time of each transition', () => {
  check(
    `  - Sequence: [{ID: Reset, RuleID: R}, {ID: Login, RuleID: L}]
    Transitions: [{ID: T, From: Reset, To: Login, WithinTimeFrameMinutes: 60, Match: [{On: p_alert_context.user}]}]
    LookbackWindowMinutes: 120`,
    {
      'in order': [
        true,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: [1]}}}, {ID: Login, Matches: {p_alert_context.user: {ada: [2]}}}]',
      ],
      'at the same time': [
        true,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: [1]}}}, {ID: Login, Matches: {p_alert_context.user: {ada: [1]}}}]',
      ],
      'other value': [
        false,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: [1]}}}, {ID: Login, Matches: {p_alert_context.user: {bob: [2]}}}]',
      ],
      'wrong order': [
        false,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: [3]}}}, {ID: Login, Matches: {p_alert_context.user: {ada: [2]}}}]',
      ],
      'too late': [
        false,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: [1]}}}, {ID: Login, Matches: {p_alert_context.user: {ada: [62]}}}]',
      ],
      'the later of two is in time': [
        true,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: [1, 30]}}}, {ID: Login, Matches: {p_alert_context.user: {ada: [62]}}}]',
      ],
      'one is missing': [false, '[{ID: Login, Matches: {p_alert_context.user: {ada: [2]}}}]'],
      'times as text': [
        true,
        '[{ID: Reset, Matches: {p_alert_context.user: {ada: ["2024-06-01T10:01:01Z"]}}}, {ID: Login, Matches: {p_alert_context.user: {ada: ["2024-06-01T10:02:01Z"]}}}]',
      ],
    },
  );
});

test('a step needs as many matches as it says, with the same value', () => {
  check(
    `  - Sequence: [{ID: Failed, RuleID: F, MinMatchCount: 3}, {ID: Login, RuleID: L}]
    Transitions: [{ID: T, From: Failed, To: Login, Match: [{From: actor.email, To: user}]}]`,
    {
      enough: [
        true,
        '[{ID: Failed, Matches: {actor.email: {ada: [1, 2, 3]}}}, {ID: Login, Matches: {user: {ada: [4]}}}]',
      ],
      'too few before': [
        false,
        '[{ID: Failed, Matches: {actor.email: {ada: [1, 2, 5]}}}, {ID: Login, Matches: {user: {ada: [4]}}}]',
      ],
      'of several': [
        false,
        '[{ID: Failed, Matches: {actor.email: {ada: [1, 2], bob: [3]}}}, {ID: Login, Matches: {user: {ada: [4]}}}]',
      ],
      'beyond the lookback': [
        false,
        '[{ID: Failed, Matches: {actor.email: {ada: [1, 2, 3]}}}, {ID: Login, Matches: {user: {ada: [19]}}}]',
      ],
    },
  );
});

test('three steps that each match the one before', () => {
  check(
    `  - Sequence: [{ID: A, RuleID: A}, {ID: B, RuleID: B}, {ID: C, RuleID: C}]
    Transitions:
      - {ID: AB, From: A, To: B, WithinTimeFrameMinutes: 15, Match: [{On: user}]}
      - {ID: BC, From: B, To: C, WithinTimeFrameMinutes: 15, Match: [{On: ip}]}
    LookbackWindowMinutes: 60`,
    {
      'linked by B': [
        true,
        '[{ID: A, Matches: {user: {ada: [1]}}}, {ID: B, Matches: {user: {ada: [5]}, ip: {x: [5]}}}, {ID: C, Matches: {ip: {x: [9]}}}]',
      ],
      'not linked': [
        false,
        '[{ID: A, Matches: {user: {ada: [1]}}}, {ID: B, Matches: {user: {ada: [5], bob: [6]}, ip: {y: [5], x: [6]}}}, {ID: C, Matches: {ip: {x: [9]}}}]',
      ],
      'by the later B': [
        true,
        '[{ID: A, Matches: {user: {ada: [1]}}}, {ID: B, Matches: {user: {ada: [2, 14]}, ip: {x: [2, 14]}}}, {ID: C, Matches: {ip: {x: [25]}}}]',
      ],
    },
  );
});

test('a step that must be absent, last or first', () => {
  check(
    `  - Sequence: [{ID: Found, RuleID: F}, {ID: Mended, RuleID: M, Absence: true}]
    Transitions: [{ID: T, From: Found, To: Mended, WithinTimeFrameMinutes: 15, Match: [{On: key}]}]
    LookbackWindowMinutes: 30`,
    {
      never: [true, '[{ID: Found, Matches: {key: {k: [1]}}}]'],
      'in time': [false, '[{ID: Found, Matches: {key: {k: [1]}}}, {ID: Mended, Matches: {key: {k: [10]}}}]'],
      'too late': [true, '[{ID: Found, Matches: {key: {k: [1]}}}, {ID: Mended, Matches: {key: {k: [17]}}}]'],
      another: [true, '[{ID: Found, Matches: {key: {k: [1]}}}, {ID: Mended, Matches: {key: {other: [10]}}}]'],
    },
  );
  check(
    `  - Sequence: [{ID: Ticket, RuleID: T, Absence: true}, {ID: Change, RuleID: C}]
    Transitions: [{ID: T, From: Ticket, To: Change, WithinTimeFrameMinutes: 15, Match: [{On: user}]}]
    LookbackWindowMinutes: 60`,
    {
      without: [true, '[{ID: Change, Matches: {user: {ada: [20]}}}]'],
      with: [
        false,
        '[{ID: Ticket, Matches: {user: {ada: [10]}}}, {ID: Change, Matches: {user: {ada: [20]}}}]',
      ],
      'long before': [
        true,
        '[{ID: Ticket, Matches: {user: {ada: [1]}}}, {ID: Change, Matches: {user: {ada: [20]}}}]',
      ],
    },
  );
});

test('a group has no order; what it has in common is one value', () => {
  check(
    `  - Group: [{ID: A, RuleID: A, MinMatchCount: 2}, {ID: B, RuleID: B, MaxMatchCount: 1}]
    MatchCriteria: {user: [{GroupID: A, Match: user}, {GroupID: B, Match: name}]}`,
    {
      'any order': [true, '[{ID: A, Matches: {user: {ada: [5, 1]}}}, {ID: B, Matches: {name: {ada: [3]}}}]'],
      'too few': [false, '[{ID: A, Matches: {user: {ada: [5]}}}, {ID: B, Matches: {name: {ada: [3]}}}]'],
      'too many': [
        false,
        '[{ID: A, Matches: {user: {ada: [5, 6]}}}, {ID: B, Matches: {name: {ada: [3, 4]}}}]',
      ],
      others: [false, '[{ID: A, Matches: {user: {ada: [5, 6]}}}, {ID: B, Matches: {name: {bob: [3]}}}]'],
    },
  );
});

test('a test that expects the wrong thing, or speaks of no step, does not pass', () => {
  const rule = check(`  - Group: [{ID: A, RuleID: A}]`, {
    one: [true, '[{ID: A, Matches: {user: {ada: [1]}}}]'],
  });
  const [first] = rule.Tests ?? [];
  assert(first !== undefined);
  const failing = {
    ...rule,
    Tests: [
      { ...first, ExpectedResult: false },
      { ...first, RuleOutputs: [{ ID: 'Z' }] },
    ],
  };
  assert.deepEqual(
    testCorrelationRule(failing).map(({ error }) => error),
    ['expected false, got true', 'RuleOutputs: there is no step Z'],
  );
});

test('what is found names its signals, its values and when it was complete; values of lists each count', () => {
  const spec = {
    Sequence: [
      { ID: 'A', RuleID: 'A' },
      { ID: 'B', RuleID: 'B' },
    ],
    Transitions: [{ ID: 'T', From: 'A', To: 'B', Match: [{ On: 'p_any_ip_addresses' }] }],
  };
  const signal = (id: string, atMs: number, ...p_any_ip_addresses: readonly string[]) => ({
    id,
    atMs,
    event: { p_any_ip_addresses },
  });
  const signals = new Map([
    ['A', [signal('a1', 1_000, '10.0.0.1', '10.0.0.2')]],
    ['B', [signal('b1', 2_000, '10.0.0.3'), signal('b2', 3_000, '10.0.0.2')]],
  ]);
  const found = correlate(spec, signals, 10_000);
  assert.deepEqual(
    found.map(({ values, atMs, signals: of }) => [
      values,
      atMs,
      of.A?.map(({ id }) => id),
      of.B?.map(({ id }) => id),
    ]),
    [[['10.0.0.2'], 3_000, ['a1'], ['b2']]],
  );
});

test('something absent is told only once the time for it is over', () => {
  const spec = {
    Sequence: [
      { ID: 'A', RuleID: 'A' },
      { ID: 'B', RuleID: 'B', Absence: true },
    ],
    LookbackWindowMinutes: 10,
  };
  const signals = new Map([['A', [{ id: 'a', atMs: 0, event: {} }]]]);
  assert.deepEqual(correlate(spec, signals, 599_999), []);
  assert.deepEqual(
    correlate(spec, signals, 600_000).map(({ atMs }) => atMs),
    [600_000],
  );
});
