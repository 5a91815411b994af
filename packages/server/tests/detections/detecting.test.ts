import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { administrator, sessionClient, startTestInstance, type TestInstance } from '@pawprint/testing';
import { ask } from '../lake-query.ts';

const enable = 'mutation { enableAuditLogs { source { integrationId } } }';
const disable = 'mutation { disableAuditLogs { id } }';
const bruteForce = 'Pawprint.Audit.SignInBruteForce';

type Row = Record<string, unknown>;

function inDatabase<Result>(directory: string, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(directory, 'pawprint.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function rowsOf({ dataDirectory }: TestInstance, sql: string): readonly Row[] {
  return inDatabase(dataDirectory, (database) =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row })),
  );
}

/** The alerts of a detection, oldest first. */
function alertsOf(instance: TestInstance, detectionId: string): readonly Row[] {
  return rowsOf(
    instance,
    `select * from alerts where detection_id = '${detectionId}' order by first_event_at, id`,
  );
}

/** The rows of a table of the lake that a detection made, in the order of their events. */
function lakeRows({ admin }: TestInstance, table: string, detectionId: string): Promise<readonly Row[]> {
  return ask(
    admin,
    `SELECT * FROM ${table}.public.panther_audit WHERE p_rule_id = '${detectionId}' ORDER BY p_ledger_index`,
  );
}

/** What Python starts from, shared with the other tests: making it takes seconds. */
async function sharePythonSnapshot(directory: string): Promise<void> {
  const shared = join(tmpdir(), `pawprint-test-snapshots-${userInfo().uid}`);
  await mkdir(shared, { recursive: true });
  await symlink(shared, join(directory, 'python'));
}

const columns = '(kind, id, display_name, enabled, version, files, managed, created_at, updated_at)';

/** Content as an upload leaves it, put into the database of an instance that is stopped. */
function addRule(directory: string, id: string, yaml: string, python: string): void {
  const files = JSON.stringify([
    { path: 'rule.yml', text: `AnalysisType: rule\nRuleID: ${id}\nFilename: rule.py\n${yaml}` },
    { path: 'rule.py', text: python },
  ]);
  const now = new Date().toISOString();
  inDatabase(directory, (database) =>
    database
      .prepare(`insert into detection_content ${columns} values ('rule', ?, ?, 1, 3, ?, 0, ?, ?)`)
      .run(id, id, files, now, now),
  );
}

async function failToSignIn({ address }: TestInstance, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    const input = { email: administrator.email, password: 'not the one' };
    assert.equal((await sessionClient(address).post('/internal/sign-in', input)).status, 401);
  }
}

test('enabling the audit log makes the managed rules, and what they match becomes alerts with rows for the lake', async () => {
  await using instance = await startTestInstance();
  await instance.admin.ask(enable);
  const content = rowsOf(instance, 'select kind, id, enabled, version, managed from detection_content');
  assert.deepEqual(
    content.filter(({ id }) => id === bruteForce || id === 'Pawprint.Audit'),
    [
      { kind: 'datamodel', id: 'Pawprint.Audit', enabled: 1, version: 1, managed: 1 },
      { kind: 'rule', id: bruteForce, enabled: 1, version: 1, managed: 1 },
    ],
  );
  assert.equal(rowsOf(instance, 'select * from detection_versions').length, content.length);

  await failToSignIn(instance, 5);
  await instance.signIn(administrator.email, administrator.password);
  const records = await instance.records();
  const ledgerIndex = records.length - 1;
  const userId = records[ledgerIndex]?.actor.id ?? assert.fail();
  const [alert = {}, ...more] = alertsOf(instance, bruteForce);
  assert.deepEqual(more, []);
  const { id, created_at: createdAt, first_event_at: at, description, runbook, context, ...rest } = alert;
  assert.match(String(id), /^[0-9a-f]{32}$/);
  assert.match(String(runbook), /^Ask the user/);
  assert.match(String(description), /^After at least five/);
  assert.deepEqual(JSON.parse(String(context)), {
    user: administrator.email,
    ip: '127.0.0.1',
    userAgent: 'pawprint-test/1.0',
  });
  assert.deepEqual(rest, {
    type: 'RULE',
    detection_id: bruteForce,
    detection_version: 1,
    dedup: userId,
    title: 'admin@example.com signed in after many failed attempts',
    severity: 'HIGH',
    reference: '',
    log_types: '["Panther.Audit"]',
    tags: '["Audit Log","Credential Access:Brute Force"]',
    destinations: null,
    status: 'OPEN',
    assignee_id: null,
    quality: null,
    event_count: 1,
    last_event_at: at,
    updated_at: createdAt,
    updated_by: null,
  });
  const [match = {}] = await lakeRows(instance, 'panther_rule_matches', bruteForce);
  const { p_row_id: rowId, p_event_time: eventTime } = match;
  assert.deepEqual(
    rowsOf(instance, 'select * from alert_activities').filter(({ alert_id }) => alert_id === id),
    [
      {
        id: `${id}-created`,
        alert_id: id,
        kind: 'CREATED',
        body: JSON.stringify({ detectionVersion: 1, rowId, ledgerIndex }),
        actor: null,
        created_at: createdAt,
      },
    ],
  );
  assert.equal(at, `${String(eventTime).slice(0, 23).replace(' ', 'T')}Z`);
  const [logged = {}] = await ask(
    instance.admin,
    `SELECT * FROM panther_logs.public.panther_audit WHERE p_ledger_index = ${ledgerIndex}`,
  );
  const time = `${String(createdAt).replace('T', ' ').replace('Z', '')}000`;
  assert.deepEqual(match, {
    ...logged,
    p_parse_time: match.p_parse_time,
    p_rule_id: bruteForce,
    p_rule_version: 1,
    p_rule_severity: 'HIGH',
    p_rule_tags: ['Audit Log', 'Credential Access:Brute Force'],
    p_rule_reports: { 'MITRE ATT&CK': ['TA0006:T1110'] },
    p_dedup: userId,
    p_alert_context: JSON.parse(String(context)),
    p_alert_id: id,
    p_alert_creation_time: time,
    p_alert_update_time: time,
    p_alert_severity: 'HIGH',
  });
});

test('what rules remember, open windows and the position are there after a restart; nothing is alerted of twice', async () => {
  const first = await startTestInstance();
  const { dataDirectory } = first;
  try {
    await first.admin.ask(enable);
    await failToSignIn(first, 5);
    await first.stop();
    await using second = await startTestInstance({ dataDirectory });
    await second.records();
    const [alert = {}] = alertsOf(second, bruteForce);
    assert.equal(alert.event_count, 1, 'the five failures were remembered');
    await failToSignIn(second, 5);
    await second.signIn(administrator.email, administrator.password);
    await second.records();
    const [joined = {}, ...more] = alertsOf(second, bruteForce);
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...joined, event_count: 1, last_event_at: alert.last_event_at },
      alert,
      'the second match joins the alert',
    );
    assert.equal(joined.event_count, 2);
    assert(String(joined.last_event_at) > String(alert.last_event_at));
    assert.deepEqual(
      (await lakeRows(second, 'panther_rule_matches', bruteForce)).map(({ p_alert_id }) => p_alert_id),
      [alert.id, alert.id],
    );
    assert.equal((await lakeRows(second, 'panther_signals', bruteForce)).length, 2);
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

test('what was recorded while the audit log was no source is looked at once it is one again', async () => {
  await using instance = await startTestInstance();
  await instance.admin.ask(enable);
  await instance.admin.ask(disable);
  await failToSignIn(instance, 5);
  await instance.signIn(administrator.email, administrator.password);
  await instance.records();
  assert.deepEqual(alertsOf(instance, bruteForce), []);
  await instance.admin.ask(enable);
  await instance.records();
  assert.equal(alertsOf(instance, bruteForce).length, 1);
});

test('rules in Python run beside the managed ones; the errors of one become one alert, and the others go on', async () => {
  const first = await startTestInstance();
  const { dataDirectory } = first;
  try {
    await first.admin.ask(enable);
    await first.stop();
    await sharePythonSnapshot(dataDirectory);
    addRule(
      dataDirectory,
      'Custom.SignIn',
      'LogTypes: [Panther.Audit]\nSeverity: Info\nThreshold: 2\nOutputIds: [d1]\n',
      'def rule(event):\n  return event.get("actionName") == "SIGN_IN"\ndef title(event):\n  return "sign-ins"\n',
    );
    addRule(
      dataDirectory,
      'Custom.Broken',
      'LogTypes: [Panther.Audit]\nSeverity: Low\n',
      'def rule(event):\n  return event.get("actionName") == "SIGN_IN" and 1 / 0\n',
    );
    addRule(
      dataDirectory,
      'Custom.Signal',
      'LogTypes: [Panther.Audit]\nSeverity: Low\nCreateAlert: false\n',
      'def rule(event):\n  return event.get("actionName") == "SIGN_IN"\n',
    );
    addRule(dataDirectory, 'Custom.NoPython', 'LogTypes: [Panther.Audit]\nSeverity: Low\n', 'def rule(:\n');
    await using second = await startTestInstance({ dataDirectory });
    await second.signIn(administrator.email, administrator.password);
    await second.records();

    const [signIns = {}, ...more] = alertsOf(second, 'Custom.SignIn');
    assert.deepEqual(more, []);
    const { title, type, severity, status, destinations, event_count, detection_version } = signIns;
    assert.deepEqual(
      { title, type, severity, status, destinations, event_count, detection_version },
      {
        title: 'sign-ins',
        type: 'RULE',
        severity: 'INFO',
        status: 'RESOLVED',
        destinations: '["d1"]',
        event_count: 2,
        detection_version: 3,
      },
    );
    const matches = await lakeRows(second, 'panther_rule_matches', 'Custom.SignIn');
    assert.deepEqual(
      matches.map(({ p_alert_id, p_alert_creation_time }) => [p_alert_id, p_alert_creation_time === null]),
      [
        [signIns.id, true],
        [signIns.id, false],
      ],
      'the match below the threshold is in the alert too',
    );

    const [errors = {}, ...others] = alertsOf(second, 'Custom.Broken');
    assert.deepEqual(others, []);
    assert.equal(errors.type, 'RULE_ERROR');
    assert.equal(errors.event_count, 2);
    assert.match(String(errors.title), /^Custom\.Broken failed: division by zero: .*line 2, in rule/);
    const [error = {}] = await lakeRows(second, 'panther_rule_errors', 'Custom.Broken');
    assert.equal(error.p_rule_error, errors.dedup);
    assert.equal(error.p_alert_id, errors.id);
    assert.deepEqual(await lakeRows(second, 'panther_rule_matches', 'Custom.Broken'), []);

    assert.deepEqual(alertsOf(second, 'Custom.Signal'), []);
    assert.equal((await lakeRows(second, 'panther_signals', 'Custom.Signal')).length, 2);
    assert.deepEqual(await lakeRows(second, 'panther_rule_matches', 'Custom.Signal'), []);

    const [problem = {}] = rowsOf(second, "select * from system_errors where kind = 'detection'");
    assert.equal(problem.subject, 'Custom.NoPython');
    assert.match(String(problem.message), /^The detection Custom\.NoPython does not run: .*invalid syntax/s);
    assert.equal(problem.resolved_at, null);
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

test('a new version of the product brings its rules, on record; what is off stays off', async () => {
  const first = await startTestInstance();
  const { dataDirectory } = first;
  try {
    await first.admin.ask(enable);
    await first.stop();
    inDatabase(dataDirectory, (database) => {
      const change = "update detection_content set files = '[]', enabled = 0 where id = ?";
      database.prepare(change).run(bruteForce);
      database.prepare('delete from detection_content where id = ?').run('Pawprint.Audit.MassExport');
      database
        .prepare(
          `insert into detection_content ${columns} values ('rule', 'Pawprint.Old', '', 1, 1, '[]', 1, '', '')`,
        )
        .run();
    });
    await using second = await startTestInstance({ dataDirectory });
    const records = await second.records();
    const [update, ...more] = records.filter(
      ({ actionName }) => actionName === 'UPDATE_DETECTION_PACK_STATE',
    );
    assert.deepEqual(more, []);
    assert.equal(update?.actor.name, 'System');
    assert.deepEqual(update?.actionDetails, {
      packId: 'Pawprint.Audit',
      added: ['Pawprint.Audit.MassExport'],
      updated: [bruteForce],
      removed: ['Pawprint.Old'],
    });
    const [row = {}] = rowsOf(second, `select * from detection_content where id = '${bruteForce}'`);
    assert.deepEqual([row.enabled, row.version], [0, 2]);
    const [{ text = '' } = {}] = JSON.parse(String(row.files));
    assert.equal(
      text,
      readFileSync(
        join(import.meta.dirname, '../../../../rules/panther-audit/sign-in-brute-force.ts'),
        'utf8',
      ),
    );
    assert.deepEqual(
      rowsOf(
        second,
        `select version, files = '${''}' as empty from detection_versions where id = '${bruteForce}' order by version`,
      ),
      [
        { version: 1, empty: 0 },
        { version: 2, empty: 0 },
      ],
    );
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
});
