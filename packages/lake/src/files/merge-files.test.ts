import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LakeFile } from '../catalogue.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { pantherAudit } from '../tables/panther-audit.ts';
import { storedType } from '../tables/table-definition.ts';
import { mergeFiles } from './merge-files.ts';
import { sealedLevel } from './merge-plan.ts';
import { createParquetWriter } from './parquet-writer.ts';

/** A row each second from a number of the day on, with parameters of a size. */
function select(from: number, rows: number, paramsBytes: number): string {
  const values: Readonly<Record<string, string>> = {
    p_row_id: 'md5(i::VARCHAR)',
    p_event_time: `TIMESTAMP '2026-10-01' + to_seconds(i)`,
    p_ledger_index: 'i',
    actor: `{'id': md5((i % 7)::VARCHAR), 'type': 'USER', 'name': 'x', 'attributes': NULL}`,
    actionParams: `'"' || repeat('x', ${paramsBytes}) || '"'`,
  };
  const columns = pantherAudit.columns.map((column) => {
    const name = identifier(column.name);
    return `CAST(${values[column.name] ?? 'NULL'} AS ${storedType(column)}) AS ${name}`;
  });
  return `SELECT ${columns.join(', ')} FROM range(${from}, ${from + rows}) AS r(i)`;
}

for (const [what, paramsBytes, filesMerged, level] of [
  ['usual rows become one file of the level', 500, 1, 1],
  ['rows too large to be sorted together become several files, which are sealed', 60_000, 6, sealedLevel],
] as const) {
  test(what, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'pawprint-merge-'));
    t.after(() => rm(directory, { recursive: true }));
    const writer = await createParquetWriter({ directory, memoryLimitMb: 512, newId: randomUUID });
    const files: LakeFile[] = [];
    for (let at = 0; at < 16; at += 1) {
      const written = await writer.write(pantherAudit, '2026-10', select(at * 300, 300, paramsBytes));
      const unused = { rows: 300, eventTimeMin: 0n, eventTimeMax: 0n, ledgerIndexMax: 0, level: 0 };
      files.push({ ...written, ...unused });
    }
    const [first, ...rest] = files;
    assert.ok(first);
    const table = 'panther_logs.panther_audit';
    const merged = await mergeFiles(writer, directory, {
      kind: 'merge',
      table,
      files: [first, ...rest],
      level: 1,
    });
    assert.deepEqual(
      merged.map((file) => file.level),
      Array.from({ length: filesMerged }, () => level),
    );
    assert.equal(
      merged.reduce((sum, { rows }) => sum + rows, 0),
      4_800,
    );
    const paths = merged.map(({ path }) => literal(join(directory, path)));
    const found = await writer.connection.runAndReadAll(
      `SELECT count(DISTINCT p_ledger_index), min(strlen(actionParams)) FROM read_parquet([${paths.join(', ')}])`,
    );
    assert.deepEqual(found.getRows(), [[4_800n, BigInt(paramsBytes + 2)]]);
    const ends = merged.flatMap(({ eventTimeMin, eventTimeMax }) => [eventTimeMin, eventTimeMax]);
    assert.deepEqual(ends, ends.toSorted(), 'they follow one another in time');
    assert.equal(merged.at(-1)?.ledgerIndexMax, 4_799);
  });
}
