import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTimestamp } from '@pawprint/record';
import { type TestRule, typescriptRule, watchLog } from './watched-log.ts';

const minuteMs = 60_000;

function correlationRule(detection: string): TestRule {
  const text = `AnalysisType: correlation_rule
RuleID: Correlated
DisplayName: A role was made and used
Severity: High
Detection:
${detection}
    Schedule: {RateMinutes: 5, TimeoutMinutes: 1}
    LookbackWindowMinutes: 60
`;
  return { kind: 'correlation_rule', id: 'Correlated', files: [{ path: 'rule.yml', text }] };
}

const made = typescriptRule(
  'Made',
  "createAlert: false, rule: (event) => event.actionName === 'CREATE_USER_ROLE'",
);
const used = typescriptRule(
  'Used',
  "createAlert: false, rule: (event) => event.actionName === 'DOWNLOAD_DATA_LAKE_QUERY'",
);

/** A log whose clock a test moves on. */
async function watchWithClock() {
  let aheadMs = 0;
  const nowMs = () => Date.now() + aheadMs;
  const log = await watchLog({ epochNanoseconds: () => BigInt(nowMs()) * 1_000_000n });
  return {
    log,
    act: (actionName: string, ...actors: readonly string[]) =>
      log.add(
        actors.map((id) => ({
          actionName,
          actor: { id, type: 'USER' as const },
          timestamp: formatTimestamp(BigInt(nowMs()) * 1_000_000n),
        })),
      ),
    async correlateAfter(minutes: number) {
      aheadMs += minutes * minuteMs;
      await log.detecting.correlate();
      const rows = await log.store.reader
        .selectFrom('alerts')
        .select(['type', 'title', 'dedup', 'severity', 'event_count'])
        .orderBy('dedup')
        .execute();
      return rows.map((row) => ({ ...row }));
    },
  };
}

const found = {
  type: 'CORRELATION_RULE',
  title: 'A role was made and used',
  dedup: 'u1',
  severity: 'HIGH',
  event_count: 1,
};

test('a correlation rule finds matches of other rules that belong together, once, on its schedule', async () => {
  const { log, act, correlateAfter } = await watchWithClock();
  await using _ = log;
  await log.putRules([
    made,
    used,
    correlationRule(`  - Sequence: [{ID: Made, RuleID: Made}, {ID: Used, RuleID: Used}]
    Transitions: [{ID: T, From: Made, To: Used, Match: [{On: actor.id}]}]`),
  ]);
  await act('CREATE_USER_ROLE', 'u1');
  await act('DOWNLOAD_DATA_LAKE_QUERY', 'u2', 'u1');
  assert.deepEqual(await correlateAfter(1), [], 'it is not due yet');
  assert.deepEqual(await correlateAfter(5), [found]);
  assert.deepEqual(await correlateAfter(5), [found], 'what was seen is not counted again');

  await act('DOWNLOAD_DATA_LAKE_QUERY', 'u1');
  assert.deepEqual(await correlateAfter(5), [{ ...found, event_count: 2 }]);

  const [alert] = await log.store.reader.selectFrom('alerts').selectAll().execute();
  assert.deepEqual(JSON.parse(alert?.context ?? '').values, ['u1']);
  const { signals } = JSON.parse(alert?.context ?? '');
  assert.deepEqual(
    [signals.Made, signals.Used].map((of) =>
      of.map(({ ledgerIndex }: { ledgerIndex: number }) => ledgerIndex),
    ),
    [[0], [2]],
  );
  const rows = await log.store.reader
    .selectFrom('lake_rows')
    .select('row')
    .where('table_name', '=', 'panther_rule_matches.panther_audit')
    .execute();
  assert.deepEqual(
    rows.map(({ row }) => {
      const { p_rule_id, p_alert_id, p_ledger_index } = JSON.parse(row);
      return [p_rule_id, p_alert_id, p_ledger_index];
    }),
    [
      ['Correlated', alert?.id, 2],
      ['Correlated', alert?.id, 3],
    ],
  );
});

test('something that did not follow is told once the time for it is over', async () => {
  const { log, act, correlateAfter } = await watchWithClock();
  await using _ = log;
  await log.putRules([
    made,
    used,
    correlationRule(`  - Sequence: [{ID: Made, RuleID: Made}, {ID: Used, RuleID: Used, Absence: true}]
    Transitions: [{ID: T, From: Made, To: Used, WithinTimeFrameMinutes: 8, Match: [{On: actor.id}]}]`),
  ]);
  await act('CREATE_USER_ROLE', 'u1', 'u2');
  await act('DOWNLOAD_DATA_LAKE_QUERY', 'u2');
  assert.deepEqual(await correlateAfter(6), []);
  assert.deepEqual(await correlateAfter(6), [found]);
  assert.deepEqual(await correlateAfter(6), [found]);
});
