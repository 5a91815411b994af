import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readManagedFiles } from '@pawprint/detections';
import { watchLog } from './watched-log.ts';

/** The published rules, and ours that mean the same. */
const counterparts: Readonly<Record<string, string>> = {
  'Panther.Detection.Deleted': 'Pawprint.Audit.ContentDeleted',
  'Panther.SAML.Modified': 'Pawprint.Audit.SamlChanged',
  'Panther.Sensitive.Role': 'Pawprint.Audit.SensitiveRole',
  'Panther.User.Modified': 'Pawprint.Audit.UserChanged',
};

interface Example {
  readonly rule_id: string;
  readonly test_name: string;
  readonly expected: boolean;
  readonly event: Readonly<Record<string, unknown>>;
}

const examples = process.env.TEST_AUDIT_EXAMPLES;
test('the published examples of audit records in the ledger become the matches they are meant to be', {
  skip: examples === undefined && 'TEST_AUDIT_EXAMPLES names no file of published examples',
}, async () => {
  const published = readFileSync(examples ?? '', 'utf8')
    .trim()
    .split('\n')
    .map((line): Example => JSON.parse(line));
  assert.equal(published.length, 13);
  await using log = await watchLog();
  const managed = await readManagedFiles();
  await log.putRules(
    managed.map(({ kind, id, name, text }) => ({ kind, id, files: [{ path: name, text }] })),
  );
  await log.add(published.map(({ event }) => recordOf(event)));
  const rows = await log.store.reader
    .selectFrom('lake_rows')
    .select('row')
    .where('table_name', '=', 'panther_rule_matches.panther_audit')
    .execute();
  const matched = rows.map(({ row }) => {
    const { p_ledger_index, p_rule_id } = JSON.parse(row);
    return `${p_ledger_index} ${p_rule_id}`;
  });
  for (const [index, { rule_id, test_name, expected }] of published.entries()) {
    const id = counterparts[rule_id] ?? assert.fail(rule_id);
    assert.equal(matched.includes(`${index} ${id}`), expected, `${rule_id}: ${test_name}`);
  }
});

/** The record itself: without what a lake adds, and with times as ours are. */
function recordOf(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const own = Object.entries(event).filter(
    ([name, value]) => !name.startsWith('p_') && value !== null && name !== 'timestamp',
  );
  return Object.fromEntries(own);
}
