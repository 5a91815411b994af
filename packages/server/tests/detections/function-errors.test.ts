import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typescriptRule, watchLog } from './watched-log.ts';

test('a function that fails beside a match keeps its alert from nothing, and is told in a row of errors', async () => {
  await using log = await watchLog();
  await log.putRules([
    typescriptRule(
      'Half',
      "rule: () => true, title() { throw new Error('no title') }, severity: () => 'HIGH'",
    ),
  ]);
  await log.add([{}]);
  const alerts = await log.store.reader.selectFrom('alerts').select(['type', 'title', 'severity']).execute();
  assert.deepEqual(
    alerts.map((row) => ({ ...row })),
    [{ type: 'RULE', title: 'Half', severity: 'HIGH' }],
  );
  const errors = await log.store.reader
    .selectFrom('lake_rows')
    .select('row')
    .where('table_name', '=', 'panther_rule_errors.panther_audit')
    .execute();
  const [{ p_rule_id, p_rule_error, p_ledger_index }, ...more] = errors.map(({ row }) => JSON.parse(row));
  assert.deepEqual([p_rule_id, p_ledger_index, more], ['Half', 0, []]);
  assert.match(p_rule_error, /^title: Error: no title: rule\.ts, line 2, in title$/);
});
