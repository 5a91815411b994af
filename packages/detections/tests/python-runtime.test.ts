import { runtimeConformance } from './runtime.conformance.ts';

const text = (values: readonly string[]) => values.map((value) => JSON.stringify(value)).join(', ');

runtimeConformance({
  language: 'python',
  yes: 'True',
  no: 'False',
  null: 'None',
  fail: '{}["boom"]',
  field: (name) => `event["${name}"]`,
  repeat: (piece, times) => `"${piece}" * ${times}`,
  endless: 'def rule(event):\n    while True:\n        pass\n',
  greedy: 'def rule(event):\n    all = []\n    while True:\n        all.append(bytearray(10_000_000))\n',
  endlessAtLoad: 'while True:\n    pass\ndef rule(event):\n    return True\n',
  types: { bool: 'bool', str: 'str', int: 'int', none: 'NoneType', list: 'list', object: 'Mapping' },
  deepGet: (...keys) => `event.deep_get(${text(keys)})`,
  deepWalk: (...keys) => `event.deep_walk(${text(keys)})`,
  udm: (name) => `event.udm("${name}")`,
  lookup: (table, key) => `event.lookup("${table}", "${key}")`,
  increment: (key) =>
    `__import__("panther_detection_helpers.caching", fromlist=["x"]).increment_counter("${key}")`,
  mutate: 'event.update(a=1)',
});
