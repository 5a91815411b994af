import { concurrencyConformance } from './concurrency.conformance.ts';

await concurrencyConformance('SQLite', {});
