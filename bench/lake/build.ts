import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeFile } from '@pawprint/lake';
import { quarterOf, sealedLevel, sealedRows } from '../../packages/lake/src/files/merge-plan.ts';
import { createParquetWriter, type ParquetWriter } from '../../packages/lake/src/files/parquet-writer.ts';
import { RowLines } from '../../packages/lake/src/files/row-lines.ts';
import { literal } from '../../packages/lake/src/sql/quoting.ts';
import { pantherAudit } from '../../packages/lake/src/tables/panther-audit.ts';
import { pantherAuditRows } from '../../packages/lake/src/tables/panther-audit-rows.ts';
import type { AuditLog } from './audit-log.ts';

/** The same records as a sealed lake, in the order of time as plain Parquet, and as lines of JSON. */
export interface BuiltLog {
  /** How many are built: all, unless it was interrupted. */
  readonly records: number;
  readonly directory: string;
  readonly files: readonly LakeFile[];
  readonly plain: readonly string[];
  readonly texts: readonly string[];
}

/** Consecutive records on their way into one file of each kind. */
interface Part {
  readonly month: string;
  readonly lines: RowLines;
  readonly text: string;
  /** The number of the record behind its last. */
  readonly end: number;
}

/**
 * Writes the files as the loader leaves them when everything is sealed, with its own writer: the same log always gives the same files.
 * What an earlier call has finished of them in this folder is kept. The next part is made while one is written.
 */
export async function buildLog(log: AuditLog, folder: string): Promise<BuiltLog> {
  const directory = join(folder, 'lake');
  let built = (await readBuilt(folder)) ?? { records: 0, directory, files: [], plain: [], texts: [] };
  let name = '';
  const writer = await createParquetWriter({ directory, memoryLimitMb: 512, newId: () => name });
  for (const part of ['plain', 'texts', 'parts']) await mkdir(join(folder, part), { recursive: true });
  let writing = Promise.resolve();
  for (let start = built.records; start < log.size; ) {
    const part = await makePart(log, start, folder);
    await writing;
    name = nameOf(start);
    writing = writePart(writer, part, folder, built).then(async (grown) => {
      built = grown;
      await writeBuilt(folder, built);
    });
    start = part.end;
  }
  await writing;
  return built;
}

function nameOf(start: number): string {
  return String(start).padStart(10, '0');
}

/** As many records as are sealed together, of one quarter. */
async function makePart(log: AuditLog, start: number, folder: string): Promise<Part> {
  const rowOf = pantherAuditRows({ parseTime: 0n, sourceId: 'bench' });
  const lines = new RowLines(join(folder, 'parts', `${nameOf(start)}.ndjson`));
  const text = join(folder, 'texts', `${nameOf(start)}.ndjson`);
  for (const path of [lines.path, text, `${text}.zst`]) await rm(path, { force: true });
  let month = '';
  let entries: string[] = [];
  let end = start;
  for (; end < Math.min(start + sealedRows, log.size); end += 1) {
    const entry = log.entry(end);
    const row = rowOf(Buffer.from(entry), end);
    const its = row.eventTime.slice(0, 'yyyy-mm'.length);
    if (month === '') month = its;
    if (quarterOf(its) !== quarterOf(month)) break;
    lines.add(row);
    entries.push(entry, '\n');
    if (entries.length < 4_096) continue;
    // What is written of the part before goes on meanwhile.
    await appendFile(text, entries.join(''));
    entries = [];
  }
  await appendFile(text, entries.join(''));
  return { month, lines, text, end };
}

async function writePart(
  writer: ParquetWriter,
  { month, lines, text, end }: Part,
  folder: string,
  built: BuiltLog,
): Promise<BuiltLog> {
  const sealed = await writer.write(pantherAudit, month, lines.select(pantherAudit), { indexed: true });
  const file: LakeFile = { ...sealed, ...lines.contents, level: sealedLevel };
  lines.remove();
  const plain = join(folder, 'plain', `${month}-${nameOf(built.records)}.parquet`);
  await writer.connection.run(
    `COPY (SELECT * FROM read_parquet(${literal(join(built.directory, file.path))}) ORDER BY p_event_time)
     TO ${literal(plain)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  return {
    ...built,
    records: end,
    files: [...built.files, file],
    plain: [...built.plain, plain],
    texts: [...built.texts, text],
  };
}

const builtName = 'built.json';

/** What an earlier call made of the same log in this folder, if it made all of it. */
export async function builtBefore(log: AuditLog, folder: string): Promise<BuiltLog | undefined> {
  const built = await readBuilt(folder);
  return built?.records === log.size ? built : undefined;
}

async function writeBuilt(folder: string, built: BuiltLog): Promise<void> {
  const text = JSON.stringify(built, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  const path = join(folder, builtName);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function readBuilt(folder: string): Promise<BuiltLog | undefined> {
  const path = join(folder, builtName);
  if (!existsSync(path)) return undefined;
  return JSON.parse(await readFile(path, 'utf8'), (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as BuiltLog;
}
