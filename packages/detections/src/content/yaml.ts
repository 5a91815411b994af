import { parseAllDocuments, stringify } from 'yaml';

/**
 * Reads one YAML 1.2 document: `on` and `no` are texts, and so are timestamps. Whole numbers beyond 2^53 keep all their
 * digits, as raw JSON numbers.
 * @throws Error that says where the text stops being YAML.
 */
export function readYaml(text: string): unknown {
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    merge: true,
    intAsBigInt: true,
  });
  if (!Array.isArray(documents)) throw new Error('holds no document');
  const [document, ...more] = documents;
  if (document === undefined) throw new Error('holds no document');
  if (more.length > 0) throw new Error('holds several documents: put each in a file of its own');
  const [error] = document.errors;
  if (error !== undefined) throw new Error(error.message.split('\n')[0]?.replace(/:$/, ''));
  return withNumbers(document.toJS({ maxAliasCount: 100 }));
}

/** A value as one YAML 1.2 document, which `readYaml` reads as the same value. */
export function writeYaml(value: unknown): string {
  return stringify(value, { version: '1.2', schema: 'core', lineWidth: 0 });
}

/** A whole number that a JavaScript number can't hold. It reads as itself in JSON.stringify. */
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : rawNumber(value);
  }
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each)]));
}
