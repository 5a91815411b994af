import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LakeFile } from '../catalogue.ts';
import { monthOf } from './layout.ts';
import { mergeableRowsMax, mergeWidth, planMerge } from './merge-plan.ts';

function file(id: number, month: string, level: number, rows = 1): LakeFile {
  const path = `panther_logs/panther_audit/${month}/${id}.parquet`;
  return { path, level, rows, bytes: 1_000, eventTimeMin: 0n, eventTimeMax: 0n, ledgerIndexMax: 0 };
}

const many = (count: number, month: string, level: number, rows?: number): readonly LakeFile[] =>
  Array.from({ length: count }, (_, id) => file(id, month, level, rows));

test('merges as many files as the width, of one month and level', () => {
  const files = [...many(15, '2026-10', 0), ...many(20, '2026-11', 0), ...many(15, '2026-11', 1)];
  assert.deepEqual(planMerge(files), files.slice(15, 31));
});

test('leaves fewer files, and large ones, as they are', () => {
  assert.equal(planMerge([]), undefined);
  assert.equal(
    planMerge([...many(15, '2026-11', 0), ...many(15, '2026-11', 1), ...many(15, '2026-10', 0)]),
    undefined,
  );
  assert.equal(planMerge(many(40, '2026-11', 0, 1_000_000)), undefined);
});

test('however files arrive, merging ends, loses no row and leaves few small files', () => {
  const arrivals = fc.array(
    fc.record({ month: fc.constantFrom('2026-10', '2026-11'), rows: fc.integer({ min: 1, max: 50_000 }) }),
    {
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(arrivals, (batches) => {
      let files: readonly LakeFile[] = batches.map(({ month, rows }, id) => file(id, month, 0, rows));
      for (let plan = planMerge(files); plan !== undefined; plan = planMerge(files)) {
        const [first] = plan;
        const merged = plan.reduce((sum, { rows }) => sum + rows, 0);
        const rest = files.filter((each) => !plan?.includes(each));
        files = [...rest, file(rest.length + 1_000_000, monthOf(first.path), first.level + 1, merged)];
      }
      const sum = (rows: readonly { rows: number }[]): number =>
        rows.reduce((total, each) => total + each.rows, 0);
      assert.equal(sum(files), sum(batches));
      const tiers = Map.groupBy(
        files.filter(({ rows }) => rows <= mergeableRowsMax),
        ({ path, level }) => `${monthOf(path)} ${level}`,
      );
      for (const tier of tiers.values()) assert.ok(tier.length < mergeWidth);
    }),
  );
});
