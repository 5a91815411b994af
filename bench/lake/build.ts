import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { LakeFile } from '@pawprint/lake';
import { quarterOf, sealedLevel, sealedRows } from '../../packages/lake/src/files/merge-plan.ts';
import { createParquetWriter, type ParquetWriter } from '../../packages/lake/src/files/parquet-writer.ts';
import { RowLines } from '../../packages/lake/src/files/row-lines.ts';
import { literal } from '../../packages/lake/src/sql/quoting.ts';
import { pantherAudit } from '../../packages/lake/src/tables/panther-audit.ts';
import { pantherAuditRows } from '../../packages/lake/src/tables/panther-audit-rows.ts';
import type { Row } from '../../packages/lake/src/tables/table-definition.ts';
import type { AuditLog } from './audit-log.ts';

/** What a log can be built as besides a sealed lake: plain Parquet in the order of time, and lines of JSON. */
export type OtherForm = 'plain' | 'texts';

/** The same records in all forms that were asked for. */
export interface BuiltLog {
  /** How many records the log has, and how many of them are built: all, unless it was interrupted. */
  readonly size: number;
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
  readonly text: string | undefined;
  /** The number of the record behind its last. */
  readonly end: number;
}

/**
 * Writes the files as the loader leaves them when everything is sealed, with its own writer: the same log always gives the same files.
 * What an earlier call has finished of them in this folder is kept. The next part is made while one is written.
 */
export async function buildLog(
  log: AuditLog,
  folder: string,
  forms: readonly OtherForm[] = [],
): Promise<BuiltLog> {
  const directory = join(folder, 'lake');
  const { size } = log;
  const begun = await readBuilt(log, folder, forms);
  let built = begun ?? { size, records: 0, directory, files: [], plain: [], texts: [] };
  let name = '';
  const writer = await createParquetWriter({ directory, memoryLimitMb: 512, newId: () => name });
  for (const part of ['plain', 'texts', 'parts']) await mkdir(join(folder, part), { recursive: true });
  let writing = Promise.resolve();
  for (let start = built.records; start < log.size; ) {
    const part = await makePart(log, start, folder, forms.includes('texts'));
    await writing;
    name = nameOf(start);
    writing = writePart(writer, part, built, forms.includes('plain') ? folder : undefined).then(
      async (grown) => {
        built = grown;
        await writeBuilt(folder, built);
      },
    );
    start = part.end;
  }
  await writing;
  return built;
}

function nameOf(start: number): string {
  return String(start).padStart(10, '0');
}

/** As many records as are sealed together, of one quarter. */
async function makePart(log: AuditLog, start: number, folder: string, withText: boolean): Promise<Part> {
  const rowOf = pantherAuditRows({ parseTime: 0n, sourceId: 'bench' });
  const lines = new RowLines(join(folder, 'parts', `${nameOf(start)}.ndjson`));
  const text = withText ? join(folder, 'texts', `${nameOf(start)}.ndjson`) : undefined;
  for (const path of [lines.path, ...(text === undefined ? [] : [text, `${text}.zst`])])
    await rm(path, { force: true });
  let month = '';
  let entries: string[] = [];
  let end = start;
  for (; end < Math.min(start + sealedRows, log.size); end += 1) {
    const entry = log.entry(end);
    const row = rowOf(Buffer.from(entry), end);
    if (month === '') month = monthIn(row);
    else if (!row.eventTime.startsWith(month) && quarterOf(monthIn(row)) !== quarterOf(month)) break;
    lines.add(row);
    if (text !== undefined) entries.push(entry, '\n');
    if ((end - start) % 2_048 > 0) continue;
    if (text !== undefined) await appendFile(text, entries.join(''));
    entries = [];
    // The part before is indexed in between.
    await setImmediate();
  }
  if (text !== undefined) await appendFile(text, entries.join(''));
  return { month, lines, text, end };
}

function monthIn({ eventTime }: Row): string {
  return eventTime.slice(0, 'yyyy-mm'.length);
}

/** @param plainFolder where plain Parquet goes, if there is to be any. */
async function writePart(
  writer: ParquetWriter,
  { month, lines, text, end }: Part,
  built: BuiltLog,
  plainFolder: string | undefined,
): Promise<BuiltLog> {
  const sealed = await writer.write(pantherAudit, month, lines.select(pantherAudit), { indexed: true });
  const file: LakeFile = { ...sealed, ...lines.contents, level: sealedLevel };
  lines.remove();
  const plain = plainFolder && join(plainFolder, 'plain', `${month}-${nameOf(built.records)}.parquet`);
  if (plain !== undefined) {
    await writer.connection.run(
      `COPY (SELECT * FROM read_parquet(${literal(join(built.directory, file.path))}) ORDER BY p_event_time)
       TO ${literal(plain)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }
  return {
    ...built,
    records: end,
    files: [...built.files, file],
    plain: plain === undefined ? [] : [...built.plain, plain],
    texts: text === undefined ? [] : [...built.texts, text],
  };
}

const builtName = 'built.json';

/** What an earlier call made of the same log in this folder, if it made all of it. */
export async function builtBefore(
  log: AuditLog,
  folder: string,
  forms: readonly OtherForm[] = [],
): Promise<BuiltLog | undefined> {
  const built = await readBuilt(log, folder, forms);
  return built?.records === log.size ? built : undefined;
}

async function writeBuilt(folder: string, built: BuiltLog): Promise<void> {
  const text = JSON.stringify(built, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  const path = join(folder, builtName);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function readBuilt(
  { size }: AuditLog,
  folder: string,
  forms: readonly OtherForm[],
): Promise<BuiltLog | undefined> {
  const path = join(folder, builtName);
  if (!existsSync(path)) return undefined;
  const built = JSON.parse(await readFile(path, 'utf8'), (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as BuiltLog;
  const isWanted = built.size === size && forms.every((form) => built[form].length === built.files.length);
  return isWanted ? built : undefined;
}
