import { runTests, temporaryFolderInMemory } from './run-tests.ts';

/**
 * Runs the tests that need nothing but Node, in memory where there is plenty: none is about what a disk does. Arguments narrow them to
 * files whose path contains one of them.
 */
async function main(wanted: readonly string[]): Promise<number> {
  await using folder = await temporaryFolderInMemory();
  return await runTests({
    patterns: ['packages/*/{src,tests}/**/!(*.integration).test.ts', 'scripts/!(*.integration).test.ts'],
    wanted,
    environment: folder === undefined ? {} : { TMPDIR: folder.path },
  });
}

process.exitCode = await main(process.argv.slice(2));
