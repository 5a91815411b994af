import { testFaults } from './fault-table.ts';

testFaults([
  { what: 'a new log', before: 0, added: 3 },
  { what: 'a log whose bundle and tile become full', before: 250, added: 10 },
  { what: 'a log that ends with a full tile', before: 256, added: 1 },
  { what: 'a batch over several bundles', before: 300, added: 500 },
]);
