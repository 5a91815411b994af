import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeFile } from '@pawprint/lake';
import { parseTimestamp } from '@pawprint/record';
import { eventTimeRange, microseconds } from '../../packages/lake/src/files/event-time-range.ts';
import { quarterOf, sealedLevel, sealedRows } from '../../packages/lake/src/files/merge-plan.ts';
import { createParquetWriter } from '../../packages/lake/src/files/parquet-writer.ts';
import { withRows } from '../../packages/lake/src/files/row-files.ts';
import { literal } from '../../packages/lake/src/sql/quoting.ts';
import { pantherAudit } from '../../packages/lake/src/tables/panther-audit.ts';
import { pantherAuditRows } from '../../packages/lake/src/tables/panther-audit-rows.ts';
import type { Row } from '../../packages/lake/src/tables/table-definition.ts';
import type { AuditLog } from './audit-log.ts';

/** The same records as a sealed lake, in the order of time as plain Parquet by quarters, and as lines of JSON by months. */
export interface BuiltLog {
  readonly records: number;
  readonly directory: string;
  readonly files: readonly LakeFile[];
  readonly plain: readonly string[];
  readonly texts: readonly string[];
}

/** Rows are made and written in parts, so that memory stays bounded. */
const partRows = 65_536;

/** Writes the files as the loader leaves them when everything is sealed, with its own writer. */
export async function buildLog(log: AuditLog, folder: string): Promise<BuiltLog> {
  const directory = join(folder, 'lake');
  for (const part of ['plain', 'texts']) await mkdir(join(folder, part), { recursive: true });
  const writer = await createParquetWriter({ directory, memoryLimitMb: 512, newId: randomUUID });
  const built = {
    records: log.size,
    directory,
    files: [] as LakeFile[],
    plain: [] as string[],
    texts: [] as string[],
  };
  let rows: Row[] = [];
  let lines: string[] = [];
  let month = '';
  let runs: string[] = [];
  let times: bigint[] = [];

  const endPart = async (): Promise<void> => {
    if (rows.length === 0) return;
    const run = writer.workPath('parquet');
    await withRows(writer, pantherAudit, rows, (select) =>
      writer.connection.run(`COPY (${select}) TO ${literal(run)} (FORMAT parquet)`),
    );
    await appendFile(join(folder, 'texts', `${month}.ndjson`), lines.map((line) => `${line}\n`).join(''));
    times.push(...rows.map(({ eventTime }) => microseconds(parseTimestamp(eventTime))));
    runs.push(run);
    rows = [];
    lines = [];
  };
  const endFile = async (): Promise<void> => {
    await endPart();
    if (runs.length === 0) return;
    const select = `SELECT * FROM read_parquet([${runs.map(literal).join(', ')}])`;
    const sealed = await writer.write(pantherAudit, month, select, {
      indexed: true,
    });
    built.files.push({
      ...sealed,
      rows: times.length,
      level: sealedLevel,
      ledgerIndexMax: 0,
      ...eventTimeRange(times),
    });
    const plain = join(folder, 'plain', `${month}-${built.plain.length}.parquet`);
    await writer.connection.run(
      `COPY (${select} ORDER BY p_event_time) TO ${literal(plain)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    built.plain.push(plain);
    for (const run of runs) await rm(run);
    runs = [];
    times = [];
  };

  const rowOf = pantherAuditRows({ parseTime: 0n, sourceId: 'bench' });
  for (let index = 0; index < log.size; index += 1) {
    const entry = log.entry(index);
    const row = rowOf(Buffer.from(entry), index);
    const its = row.eventTime.slice(0, 'yyyy-mm'.length);
    if (its !== month) await endPart();
    if (quarterOf(its) !== quarterOf(month) || times.length + rows.length >= sealedRows) await endFile();
    if (its !== month) built.texts.push(join(folder, 'texts', `${its}.ndjson`));
    month = its;
    rows.push(row);
    lines.push(entry);
    if (rows.length === partRows) await endPart();
  }
  await endFile();
  const text = JSON.stringify(built, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  await writeFile(join(folder, builtName), text);
  return built;
}

const builtName = 'built.json';

/** What an earlier call made of the same log in this folder, if one did. */
export async function builtBefore(log: AuditLog, folder: string): Promise<BuiltLog | undefined> {
  const path = join(folder, builtName);
  if (!existsSync(path)) return undefined;
  const built = JSON.parse(await readFile(path, 'utf8'), (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as BuiltLog;
  return built.records === log.size ? built : undefined;
}
