import { readFile, writeFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { internalSchema, publicSchema } from '../packages/server/src/api/graphql/schema.ts';

// Writes the published SDL; with --check, fails where the files are not what the schema is.
const folder = new URL('../packages/server/schema/', import.meta.url);
const isCheck = process.argv.includes('--check');

for (const [name, schema] of Object.entries({ public: publicSchema, internal: internalSchema })) {
  const file = new URL(`${name}.graphql`, folder);
  const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
  if (!isCheck) {
    await writeFile(file, text);
  } else if (text !== (await readFile(file, 'utf8').catch(() => undefined))) {
    console.error(`${name}.graphql is not up to date. Run: node scripts/print-schema.ts`);
    process.exitCode = 1;
  }
}
