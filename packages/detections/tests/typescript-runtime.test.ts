import { runtimeConformance } from './runtime.conformance.ts';

const text = (values: readonly string[]) => values.map((value) => JSON.stringify(value)).join(', ');

runtimeConformance({
  language: 'typescript',
  yes: 'true',
  no: 'false',
  null: 'null',
  fail: '(() => { throw new Error("boom"); })()',
  field: (name) => `event.${name}`,
  repeat: (piece, times) => `"${piece}".repeat(${times})`,
  endless: 'export default { rule() { for (;;); } };',
  greedy:
    'export default { rule() { const all = []; for (;;) all.push(new Array(100_000).fill(all.length)); } };',
  endlessAtLoad: 'for (;;); export default { rule: () => true };',
  types: { bool: 'boolean', str: 'string', int: 'number', none: 'null', list: 'array', object: 'object' },
  deepGet: (...keys) => `library.deepGet(event, ${text(keys)})`,
  deepWalk: (...keys) => `library.deepWalk(event, ${text(keys)})`,
  udm: (name) => `library.udm(event, "${name}")`,
  lookup: (table, key) => `library.lookup("${table}", "${key}")`,
  increment: (key) => `library.incrementCounter("${key}")`,
  mutate: '(event.a = 1) === 1',
});
