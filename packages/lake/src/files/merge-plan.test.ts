import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LakeFile } from '../catalogue.ts';
import { monthOf } from './layout.ts';
import { mergeableRowsMax, mergeWidth, planMerge, quarterOf, sealedLevel, sealedRows } from './merge-plan.ts';

const now = new Date('2026-11-23T12:00:00Z');

function file(id: number, month: string, level: number, rows = 1): LakeFile {
  const path = `panther_logs/panther_audit/${month}/${id}.parquet`;
  const time = BigInt(id);
  return { path, level, rows, bytes: 1_000, eventTimeMin: time, eventTimeMax: time, ledgerIndexMax: 0 };
}

const many = (count: number, month: string, level: number, rows?: number): readonly LakeFile[] =>
  Array.from({ length: count }, (_, id) => file(id, month, level, rows));

test('merges as many files as the width, of one quarter and level', () => {
  const files = [...many(15, '2026-11', 1), ...many(10, '2026-10', 0), ...many(10, '2026-11', 0)];
  assert.deepEqual(planMerge(files, now), { files: files.slice(15, 31), level: 1 });
});

test('leaves fewer files of the quarter that goes on as they are, and what is sealed', () => {
  assert.equal(planMerge([], now), undefined);
  assert.equal(planMerge([...many(15, '2026-11', 0), ...many(15, '2026-11', 1)], now), undefined);
  assert.equal(planMerge(many(40, '2026-11', sealedLevel, 1_000), now), undefined);
  assert.equal(planMerge(many(40, '2026-09', sealedLevel, 1_000), now), undefined);
});

test('seals the earliest rows once there are enough', () => {
  const files = many(10, '2026-11', 1, 40_000).toReversed();
  assert.deepEqual(planMerge(files, now), { files: files.toReversed().slice(0, 7), level: sealedLevel });
});

test('seals all of a quarter that is over, a day later', () => {
  const files = ['2026-07', '2026-08', '2026-09'].map((month, id) => file(id, month, 0));
  assert.equal(planMerge(files, new Date('2026-10-01T23:59:59Z')), undefined);
  assert.deepEqual(planMerge(files, new Date('2026-10-02T00:00:00Z')), { files, level: sealedLevel });
  assert.deepEqual(planMerge(many(1, '0001-01', 0), now)?.level, sealedLevel);
});

test('merges late rows with what is sealed of their quarter, when they are not too few for the work', () => {
  const [small, large] = [
    file(1, '2026-09', sealedLevel, 1_000),
    file(2, '2026-09', sealedLevel, sealedRows),
  ];
  const late = file(3, '2026-07', 0, 100);
  assert.deepEqual(planMerge([small, large, late], now), { files: [late, small], level: sealedLevel });
  const few = file(4, '2026-09', 0, 10);
  assert.equal(planMerge([small, large, few], now), undefined);
  assert.deepEqual(planMerge([large, few], now), { files: [few], level: sealedLevel });
});

test('however files arrive, merging ends, loses no row and leaves few small files', () => {
  const arrivals = fc.array(
    fc.record({
      month: fc.constantFrom('2026-08', '2026-09', '2026-10', '2026-11'),
      rows: fc.integer({ min: 1, max: 50_000 }),
    }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(arrivals, (batches) => {
      let files: readonly LakeFile[] = [];
      for (const [id, { month, rows }] of batches.entries()) {
        files = [...files, file(id, month, 0, rows)];
        for (let plan = planMerge(files, now); plan !== undefined; plan = planMerge(files, now)) {
          const [first] = plan.files;
          const merged = plan.files.reduce((sum, { rows }) => sum + rows, 0);
          assert.ok(merged <= sealedRows + mergeWidth * 50_000);
          const rest = files.filter((each) => !plan?.files.includes(each));
          files = [...rest, file(id + 1_000_000, monthOf(first.path), plan.level, merged)];
        }
      }
      const sum = (rows: readonly { rows: number }[]): number =>
        rows.reduce((total, each) => total + each.rows, 0);
      assert.equal(sum(files), sum(batches));
      const tiers = Map.groupBy(
        files.filter(({ rows, level }) => rows <= mergeableRowsMax && level < sealedLevel),
        ({ path, level }) => `${quarterOf(monthOf(path))} ${level}`,
      );
      for (const tier of tiers.values()) assert.ok(tier.length < mergeWidth);
      assert.ok(sum(files.filter(({ level }) => level < sealedLevel)) < 2 * sealedRows);
    }),
  );
});
