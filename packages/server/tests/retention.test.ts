import { testRetention } from './retention.conformance.ts';

testRetention('SQLite', async () => ({}));
