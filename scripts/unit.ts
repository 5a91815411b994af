import { runTests } from './run-tests.ts';

/** Runs the tests that need nothing but Node. Arguments narrow them to files whose path contains one of them. */
process.exitCode = await runTests(
  ['packages/*/{src,tests}/**/!(*.integration).test.ts', 'scripts/!(*.integration).test.ts'],
  process.argv.slice(2),
);
