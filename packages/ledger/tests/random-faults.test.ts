import { testRandomFaults } from './random-faults.ts';

// Run this file by itself to give the number of rounds and the seed of an earlier run: random-faults.test.ts 10000 42
const [rounds, seed] = process.argv.slice(2).map(Number);
testRandomFaults({ rounds: rounds ?? 200, ...(seed !== undefined && { seed }) });
