import { LakeError } from '../lake-error.ts';
import type { QueryRequest } from './query-request.ts';

/** A failure of DuckDB in the words a user of the lake can use: no paths, no internals, no text they did not write. */
export function queryError(error: unknown, { limits, lakeDirectory }: QueryRequest): unknown {
  if (!(error instanceof Error) || error instanceof LakeError) return error;
  const { message } = error;
  const file = message
    .split(`${lakeDirectory}/`)
    .at(1)
    ?.match(/^[\w/-]+\.parquet/)?.[0];
  if (file !== undefined) return damagedFile(file);
  const kind = /^([A-Z][\w-]*(?: [\w-]+){0,3}) Error: /.exec(message)?.[1];
  // What reads a file and meets nonsense fails so, and says no more. No SQL does.
  if (kind === 'Invalid') return new LakeError('damaged_file', 'a data file is damaged');
  if (kind === undefined || kind === 'INTERNAL' || kind === 'FATAL' || kind === 'IO') return error;
  if (isOutOfMemory(error)) return outOfMemory(limits);
  return new LakeError('invalid_sql', cleaned(message), { cause: error });
}

/** Whether DuckDB needs more memory than it may have. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Out of Memory Error: ');
}

export function outOfMemory({ memoryMb }: { readonly memoryMb: number }): LakeError {
  return new LakeError('out_of_memory', `the query needs more than its ${memoryMb} MB of memory`);
}

/** A data file can't be read. @param path relative to the lake. */
export function damagedFile(path: string): LakeError {
  return new LakeError('damaged_file', `the data file ${path} is missing or damaged`);
}

/** What runs is a print of the user's SQL, so lines and carets into it would mislead, and so do names of internals. */
function cleaned(message: string): string {
  return message.replace(/\n+(?:LINE \d+:|Did you mean )[\s\S]*$/, '').trim();
}
