import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { LakeError } from '../lake-error.ts';
import type { QueryOutcome, ResultColumn } from '../query/query-request.ts';

/**
 * Results of queries on disk, three files each: the rows as NDJSON, the offset behind each row as 64-bit little-endian
 * numbers, so that any page is two reads, and last what they are. A result without the last one does not exist.
 */
function resultFiles(directory: string, id: string): { rows: string; offsets: string; outcome: string } {
  if (!/^[\w-]{1,64}$/.test(id)) throw unknownResult(id);
  const path = join(directory, id);
  return {
    rows: `${path}.ndjson`,
    offsets: `${path}.offsets`,
    outcome: `${path}.json`,
  };
}

const offsetBytes = 8;

/** A result on disk: its rows, the offsets behind them, and what its columns are. */
export interface ResultSource {
  readonly rows: string;
  readonly offsets: string;
  readonly columns: readonly ResultColumn[];
}

/** A part of a result. */
export interface ResultPage {
  readonly columns: readonly ResultColumn[];
  /** Of the whole result. */
  readonly rowCount: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Where the next page starts, undefined after the last row. */
  readonly nextOffset: number | undefined;
}

/**
 * Reads the rows from `offset` on, at most `pageSize`.
 * @throws LakeError `unknown_result`.
 */
export async function readResultPage(
  directory: string,
  id: string,
  { offset, pageSize }: { offset: number; pageSize: number },
): Promise<ResultPage> {
  const files = resultFiles(directory, id);
  const outcome = await readOutcome(files.outcome, id);
  const { columns, rowCount } = outcome;
  const end = Math.min(offset + pageSize, rowCount);
  if (offset >= end) return { columns, rowCount, rows: [], nextOffset: undefined };
  // Row n lies between the offsets behind rows n - 1 and n; before the first row is 0.
  const bounds = await readBytes(files.offsets, Math.max(offset - 1, 0) * offsetBytes, end * offsetBytes);
  const from = offset === 0 ? 0 : Number(bounds.readBigUInt64LE(0));
  const lines = await readBytes(
    files.rows,
    from,
    Number(bounds.readBigUInt64LE(bounds.length - offsetBytes)),
  );
  const rows = lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { columns, rowCount, rows, nextOffset: end < rowCount ? end : undefined };
}

/** What a result is, and where: for who makes something of it. @throws LakeError `unknown_result`. */
export async function readResultSource(directory: string, id: string): Promise<ResultSource> {
  const { outcome, rows, offsets } = resultFiles(directory, id);
  const { columns } = await readOutcome(outcome, id);
  return { rows, offsets, columns };
}

/** The rows as they are on disk, as NDJSON; also while the result is deleted. @throws LakeError `unknown_result`. */
export async function openResultRows(directory: string, id: string): Promise<Readable> {
  const { rows } = await readResultSource(directory, id);
  const handle = await open(rows, 'r').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? unknownResult(id) : error;
  });
  return handle.createReadStream();
}

async function readOutcome(path: string, id: string): Promise<QueryOutcome> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as QueryOutcome;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unknownResult(id);
    throw error;
  }
}

async function readBytes(path: string, from: number, to: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Where a process that makes results may put what its memory can't hold. */
export function spillDirectory(directory: string, pid: number): string {
  return join(directory, `${pid}.spill`);
}

/** Removes a result, if there is one, or what an unfinished query left. */
export async function deleteResult(directory: string, id: string): Promise<void> {
  const { rows, offsets, outcome } = resultFiles(directory, id);
  for (const path of [outcome, rows, offsets]) await rm(path, { force: true });
}

/** A result as it lies on the disk. */
export interface KeptResult {
  readonly id: string;
  readonly bytes: number;
  readonly endedAtMs: number;
}

/** The results of all queries that have ended. */
export async function listResults(directory: string): Promise<readonly KeptResult[]> {
  const found = [...finishedIds(await readdir(directory))].map(async (id) => {
    const { rows, outcome } = resultFiles(directory, id);
    // One may be deleted meanwhile.
    const [data, end] = await Promise.all([rows, outcome].map((path) => stat(path).catch(() => undefined)));
    return data && end && { id, bytes: data.size, endedAtMs: end.mtimeMs };
  });
  return (await Promise.all(found)).filter((result) => result !== undefined);
}

/** Removes the results of all queries that have ended. */
export async function deleteFinishedResults(directory: string): Promise<void> {
  for (const id of finishedIds(await readdir(directory))) await deleteResult(directory, id);
}

function finishedIds(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)),
  );
}

/** Makes the directory and removes what unfinished queries left in it. */
export async function openResultStore(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = await readdir(directory);
  const finished = finishedIds(names);
  for (const name of names) {
    if (!finished.has(name.replace(/\.\w+$/, ''))) await rm(join(directory, name), { recursive: true });
  }
}

/** Writes one result. */
export interface ResultWriter extends AsyncDisposable {
  readonly rows: number;
  readonly bytes: number;
  /** Each row as the JSON text of an object, without line breaks. */
  append(jsonRows: readonly string[]): Promise<void>;
  /** Makes the result readable. */
  finish(outcome: QueryOutcome): Promise<void>;
}

/** A writer disposed before it finished leaves nothing. */
export async function createResultWriter(directory: string, id: string): Promise<ResultWriter> {
  const files = resultFiles(directory, id);
  const lines = await open(files.rows, 'w', 0o600);
  const offsets = await open(files.offsets, 'w', 0o600);
  let rows = 0;
  let bytes = 0;
  let finished = false;
  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    async append(jsonRows) {
      const ends = Buffer.alloc(jsonRows.length * offsetBytes);
      for (const [at, json] of jsonRows.entries()) {
        bytes += Buffer.byteLength(json) + 1;
        ends.writeBigUInt64LE(BigInt(bytes), at * offsetBytes);
      }
      rows += jsonRows.length;
      await lines.writeFile(jsonRows.map((json) => `${json}\n`).join(''));
      await offsets.writeFile(ends);
    },
    async finish(outcome) {
      const passing = `${files.outcome}.tmp`;
      await writeFile(passing, JSON.stringify(outcome), { mode: 0o600 });
      await rename(passing, files.outcome);
      finished = true;
    },
    async [Symbol.asyncDispose]() {
      await lines.close();
      await offsets.close();
      if (!finished) await deleteResult(directory, id);
    },
  };
}

function unknownResult(id: string): LakeError {
  return new LakeError('unknown_result', `there is no result ${id.slice(0, 64)}`);
}
