import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { administrator, startTestInstance, type TestInstance } from '@pawprint/testing';
import type { Browser, Page } from 'playwright-core';
import {
  buildConsole,
  cells,
  eventually,
  openBrowser,
  openMain,
  openSettings,
  openVisitor,
  signIn,
} from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

const limitedUser = { email: 'waylon@example.com', password: 'another uncommon phrase' };
const actionOf = ({ actionName, actionResult }: AuditRecord) => `${actionName} ${actionResult}`;
const resultLabels = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', PARTIALLY_FAILED: 'Partially failed' };
const auditLog = (page: Page) => page.getByRole('grid', { name: 'Audit log' });

test('the acceptance walk', async (t) => {
  await using instance = await startTestInstance({ withoutAdministrator: true });
  await using visitor = await openVisitor(browser);
  await using limited = await openVisitor(browser);
  const { page } = visitor;
  const { setUpLink } = instance.instance;
  assert(setUpLink);

  await t.test('the printed link makes the first administrator, who signs out and in', async () => {
    await page.goto(setUpLink);
    await page.getByLabel('E-mail').fill(administrator.email);
    await page.getByLabel('Given name').fill('Marta');
    await page.getByLabel('Family name').fill('Oliveira');
    await page.getByLabel('Password', { exact: true }).fill(administrator.password);
    await page.getByLabel('Repeat password').fill(administrator.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByRole('heading', { name: 'Audit Log' }).waitFor();

    await page.getByRole('button', { name: 'Account of Marta Oliveira' }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.waitForURL('**/sign-in');
    await page.getByLabel('E-mail').fill(administrator.email);
    await page.getByLabel('Password').fill('not the pass phrase');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The e-mail address or the password is wrong').waitFor();
    await signIn(page, administrator);
  });

  await t.test('a role of their own', async () => {
    await openSettings(page, 'Roles');
    await page.getByRole('button', { name: 'Create role' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Auditor');
    for (const permission of ['Read Settings & SAML Preferences', 'View Users', 'View Log Sources']) {
      await page.getByRole('checkbox', { name: permission, exact: true }).click();
    }
    const seconds = page.getByLabel('Seconds a query may run');
    await seconds.fill('600');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('must be a whole number from 1 to 60, the limit of the instance').waitFor();
    await seconds.fill('20');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('cell', { name: '3 of 39' }).waitFor();
    await page.getByRole('button', { name: 'Actions for Auditor' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    assert.equal(await seconds.inputValue(), '20');
    assert.equal(await page.getByLabel('Megabytes of memory').inputValue(), '');
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  await t.test('users are invited with a role', async () => {
    await openSettings(page, 'Users');
    for (const name of ['one', 'two', 'three']) await invite(page, `${name}@example.com`, 'Analyst');
    const link = await invite(page, limitedUser.email, 'Auditor');
    await limited.page.goto(link);
    await limited.page.getByLabel('Password', { exact: true }).fill(limitedUser.password);
    await limited.page.getByLabel('Repeat password').fill(limitedUser.password);
    await limited.page.getByRole('button', { name: 'Activate account' }).click();
    await limited.page.getByRole('heading', { name: 'Audit Log' }).waitFor();
  });

  await t.test("an API token's value is shown once", async () => {
    await openSettings(page, 'API Tokens');
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('deploy');
    await page.getByRole('checkbox', { name: 'View Users' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const value = (await page.getByLabel('Token value').textContent()) ?? '';
    assert.match(value, /^pawprint_[0-9a-f]{64}/);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /^deploy/ }).waitFor();
    assert.ok(!(await page.content()).includes(value));
    await page.reload();
    await page.getByRole('row', { name: /^deploy/ }).waitFor();
    assert.ok(!(await page.content()).includes(value));
  });

  await t.test('of several users deleted at once, one is already gone', async () => {
    await openSettings(page, 'Users');
    for (const name of ['one', 'two', 'three']) {
      await page.getByRole('checkbox', { name: `Select ${name}@example.com` }).click();
    }
    await deleteUser(instance, 'two@example.com');
    await page.getByRole('button', { name: 'Delete 3 users' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    const outcome = page.getByRole('dialog', { name: 'Not all users were deleted' });
    await outcome.getByText('2 of 3 deleted').waitFor();
    assert.match(
      (await outcome.getByRole('listitem').allTextContents()).join(),
      /^two@example\.com.*no user/,
    );
    await outcome.getByRole('button', { name: 'Close' }).last().click();
    await eventually(
      () => page.getByRole('checkbox', { name: /^Select .*@example/ }).count(),
      (count) => count === 2,
    );
  });

  await t.test('every action is on the audit log, newest first', async () => {
    await openMain(page, 'Audit Log');
    // The reading and the following of the log are the newest records of it themselves.
    await eventually(
      () => cells(auditLog(page)),
      ([first]) => first?.[1] === 'FOLLOW_AUDIT_LOGS',
    );
    const shown = await cells(auditLog(page));
    const records = (await instance.records()).toReversed();
    assert.deepEqual(
      shown.slice(0, 20).map((row) => row.slice(0, 5)),
      records
        .slice(0, 20)
        .map(({ timestamp, actionName, actionResult, actor, sourceIP }) => [
          timestamp.slice(0, 19),
          actionName,
          resultLabels[actionResult],
          actor.name ?? actor.id,
          sourceIP,
        ]),
    );
    const done = new Set(records.map(actionOf));
    for (const action of [
      'SET_UP_INSTANCE SUCCEEDED',
      'SIGN_OUT SUCCEEDED',
      'SIGN_IN FAILED',
      'SIGN_IN SUCCEEDED',
      'CREATE_USER_ROLE SUCCEEDED',
      'CREATE_USER SUCCEEDED',
      'ACCEPT_INVITATION SUCCEEDED',
      'CREATE_API_TOKEN SUCCEEDED',
      'DELETE_USER SUCCEEDED',
      'DELETE_USER PARTIALLY_FAILED',
    ]) {
      assert.ok(done.has(action), action);
    }
  });

  await t.test('what another may not do appears by itself, as failed', async () => {
    const reads = await count(instance, 'LIST_AUDIT_LOGS');
    await openSettings(limited.page, 'General');
    const toggle = limited.page.getByRole('switch', { name: 'Enable Panther Audit Logs' });
    await toggle.waitFor();
    assert.ok(await toggle.isDisabled());
    assert.ok(await limited.page.getByRole('button', { name: 'Save Changes' }).isDisabled());
    await limited.page.goto(`${instance.address}/settings/api-tokens`);
    await limited.page.getByText('Your role does not allow this').waitFor();
    const asked = performance.now();
    await eventually(
      () => cells(auditLog(page)),
      ([first]) => first?.slice(1, 4).join() === `LIST_API_TOKENS,Failed,${limitedUser.email}`,
    );
    t.diagnostic(`seen ${Math.round(performance.now() - asked)} ms after the refusal was shown`);
    assert.equal(await count(instance, 'LIST_AUDIT_LOGS'), reads);
  });

  await t.test('each filter narrows the log to what it says', async () => {
    const clear = () => page.getByRole('button', { name: 'Clear filters' }).click();
    const filtered = (isWanted: (row: readonly string[]) => boolean) =>
      eventually(
        () => cells(auditLog(page)),
        (rows) => rows.length > 0 && rows.every(isWanted),
      );

    await page.getByRole('textbox', { name: 'Actor' }).fill('WAYLON');
    await page.keyboard.press('Enter');
    await filtered((row) => row[3] === limitedUser.email);
    await clear();

    await choose(page, 'Action', 'DELETE_USER');
    assert.equal((await filtered((row) => row[1] === 'DELETE_USER')).length, 2);
    await choose(page, 'Result', 'Partially failed');
    assert.equal((await filtered((row) => row[2] === 'Partially failed')).length, 1);
    await clear();

    const created = (await instance.records()).find(({ actionName }) => actionName === 'CREATE_API_TOKEN');
    const second = created?.timestamp.slice(0, 19) ?? '';
    await page.getByRole('button', { name: /^Time/ }).click();
    await page.getByLabel('From (UTC)').fill('yesterday');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Write it as 2026-01-31 18:00').waitFor();
    await page.getByLabel('From (UTC)').fill(second);
    await page.getByLabel('To (UTC)').fill(created?.timestamp ?? '');
    await page.getByRole('button', { name: 'Apply' }).click();
    const then = await filtered((row) => row[0] === second);
    assert.ok(then.some((row) => row[1] === 'CREATE_API_TOKEN'));
    await page.getByText('Not live').waitFor();
    await clear();

    await page.getByRole('textbox', { name: 'Source IP' }).fill('10.0.0.0/8');
    await page.keyboard.press('Enter');
    await page.getByText('No record matches these filters').waitFor();
    await page.getByRole('textbox', { name: 'Source IP' }).fill('127.0.0.0/8');
    await page.keyboard.press('Enter');
    await filtered((row) => row[4] === '127.0.0.1');
    await clear();
  });

  await t.test('a record is shown whole', async () => {
    await choose(page, 'Result', 'Partially failed');
    await auditLog(page)
      .getByRole('row', { name: /DELETE_USER/ })
      .click();
    const drawer = page.getByRole('dialog', { name: 'DELETE_USER' });
    const raw = await drawer.getByLabel('Raw record').locator('pre').textContent();
    const record = (await instance.records()).find(({ actionResult }) => actionResult === 'PARTIALLY_FAILED');
    assert.deepEqual(JSON.parse(raw ?? ''), record);
    await drawer.getByText('There is no user').first().waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
  });

  await t.test('the audit log becomes a log source, and stops being one without a record', async () => {
    const on = await changes(instance, () => switchAuditLogs(page, true));
    assert.deepEqual(on.map(actionOf), ['CREATE_LOG_SOURCE SUCCEEDED']);
    await openMain(page, 'Log Sources');
    await page.getByRole('row', { name: /^panther audit logs Panther\.Audit Healthy/ }).waitFor();

    assert.deepEqual(await changes(instance, () => switchAuditLogs(page, false)), []);
    await openMain(page, 'Log Sources');
    await page.getByText('No log sources').waitFor();

    await switchAuditLogs(page, true);
    await openMain(page, 'Log Sources');
    await page.getByRole('row', { name: /^panther audit logs/ }).waitFor();
  });

  await t.test('the data lake answers with the records', async () => {
    const records = (await instance.records()).toReversed();
    await openMain(page, 'Data Explorer');
    await page.getByRole('textbox', { name: 'SQL query' }).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(
      "SELECT actionName, actor.name FROM panther_logs.public.panther_audit WHERE p_occurs_since('1 day') ORDER BY p_event_time DESC",
    );
    await page.keyboard.press('Control+Enter');
    const grid = page.getByRole('grid', { name: 'Query results' });
    await grid.waitFor();
    const rows = await cells(grid);
    const known = rows.slice(rows.findIndex(([name]) => name === records[0]?.actionName));
    assert.deepEqual(
      known.slice(0, 12),
      records.slice(0, 12).map(({ actionName, actor }) => [actionName, actor.name]),
    );
    const total = await page
      .getByRole('region', { name: 'Results' })
      .getByRole('status')
      .first()
      .textContent();
    const rowCount = Number.parseInt(total ?? '', 10);
    assert.ok(rowCount >= records.length, total ?? '');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('menuitem', { name: 'CSV, for spreadsheets' }).click();
    const [header, ...lines] = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
    assert.equal(header, 'actionName,name');
    assert.equal(lines.length, rowCount);
    assert.equal(lines[0], rows[0]?.join());
    assert.equal(await count(instance, 'EXECUTE_DATA_LAKE_QUERY'), 1);
    assert.equal(await count(instance, 'DOWNLOAD_DATA_LAKE_QUERY'), 1);
  });

  await t.test('a set-up link that was used is refused', async () => {
    await using stranger = await openVisitor(browser);
    await stranger.page.goto(setUpLink);
    await stranger.page.getByLabel('E-mail').fill('second@example.com');
    await stranger.page.getByLabel('Password', { exact: true }).fill(administrator.password);
    await stranger.page.getByLabel('Repeat password').fill(administrator.password);
    await stranger.page.getByRole('button', { name: 'Create administrator' }).click();
    await stranger.page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  });

  await t.test('a reset link gives a new password', async () => {
    await openSettings(page, 'Users');
    await page.getByRole('button', { name: `Actions for ${limitedUser.email}` }).click();
    await page.getByRole('menuitem', { name: 'Reset password' }).click();
    await page.getByRole('button', { name: 'Make reset link' }).click();
    const link = (await page.getByLabel('Reset link', { exact: true }).textContent()) ?? '';
    const password = 'a third uncommon phrase';
    await limited.page.goto(link);
    await limited.page.getByLabel('Password', { exact: true }).fill(password);
    await limited.page.getByLabel('Repeat password').fill('something else entirely');
    await limited.page.getByRole('button', { name: 'Save and sign in' }).click();
    await limited.page.getByText('The two passwords differ.').waitFor();
    await limited.page.getByLabel('Repeat password').fill(password);
    await limited.page.getByRole('button', { name: 'Save and sign in' }).click();
    await limited.page.getByRole('heading', { name: 'Audit Log' }).waitFor();
    await assert.rejects(instance.signIn(limitedUser.email, limitedUser.password));
    await instance.signIn(limitedUser.email, password);
  });

  assert.deepEqual(instance.reports, []);
});

test('with the keyboard alone: sign in, read down the log, open a record, go on to the next', async () => {
  await using instance = await startTestInstance();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  const { keyboard } = page;
  const focused = () => page.locator(':focus');
  await page.goto(instance.address);
  await eventually(
    () => focused().getAttribute('name'),
    (name) => name === 'email',
  );
  await keyboard.type(administrator.email);
  await keyboard.press('Tab');
  await keyboard.type(administrator.password);
  await keyboard.press('Enter');
  await auditLog(page).waitFor();

  await keyboard.press('Tab');
  assert.equal(await focused().textContent(), 'Skip to content');
  await keyboard.press('Enter');
  for (let presses = 0; (await focused().getAttribute('role')) !== 'row'; presses += 1) {
    assert.ok(presses < 20, 'the log is reached');
    await keyboard.press('Tab');
    assert.ok(await focusIsSeen(page), `no ring around ${await focused().textContent()}`);
  }
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  const [, name = ''] = await focused().getByRole('gridcell').allTextContents();
  const index = await focused().getAttribute('aria-rowindex');
  await keyboard.press('Enter');
  await page.getByRole('dialog', { name }).waitFor();
  const rows = await cells(auditLog(page));
  await keyboard.press('j');
  await page.getByRole('dialog', { name: rows[Number(index) - 1]?.[1] ?? '' }).waitFor();
  await keyboard.press('k');
  await page.getByRole('dialog', { name }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused().getAttribute('role'), 'row');
});

test('an open audit log reads nothing by itself, and rests while its tab is hidden', async () => {
  await using instance = await startTestInstance();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  const names = async () => (await cells(auditLog(page))).map((row) => row[1]);
  await eventually(names, ([first]) => first === 'FOLLOW_AUDIT_LOGS');

  const idle = await instance.recordsOf(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
  assert.deepEqual(idle, []);

  const before = await names();
  const hidden = await instance.recordsOf(async () => {
    await show(page, false);
    for (const query of ['{ users { id } }', '{ roles { id } }']) await instance.admin.ask(query);
    await instance.instance.settled();
    // Nothing comes for which to wait; an open stream would bring it in a few milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(await names(), before);
    await show(page, true);
    await eventually(names, ({ length }) => length === before.length + 3);
  });
  assert.deepEqual(
    hidden.map(({ actionName }) => actionName),
    ['LIST_USERS', 'LIST_USER_ROLES', 'FOLLOW_AUDIT_LOGS'],
  );
  assert.deepEqual(await names(), ['FOLLOW_AUDIT_LOGS', 'LIST_USER_ROLES', 'LIST_USERS', ...before]);
});

test('records that come after an empty page are not missed', async () => {
  await using instance = await startTestInstance();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(`${instance.address}/audit-log?action=CREATE_USER_ROLE`);
  // What is done between the reading of the list and the start of its stream.
  await page.route('**/internal/audit-log/stream?*', async (route) => {
    await instance.admin.ask(
      'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }',
      {
        input: { name: 'Between', permissions: [] },
      },
    );
    await instance.instance.settled();
    await route.continue();
  });
  await signIn(page, administrator);
  await eventually(
    () => cells(auditLog(page)),
    (rows) => rows.length === 1 && rows[0]?.[1] === 'CREATE_USER_ROLE',
  );
});

test('links lead to the address at which the console is used, and signing out everywhere ends this session', async () => {
  await using instance = await startTestInstance();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  const address = instance.address.replace('127.0.0.1', 'localhost');
  await page.goto(`${address}/settings/users`);
  await signIn(page, administrator);
  const link = await invite(page, 'one@example.com', 'Analyst');
  assert.ok(link.startsWith(`${address}/invitation#token=`), link);

  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.waitForURL('**/sign-in');
  assert.equal((await instance.admin.fetch('/internal/session')).status, 401);
});

test('no page scrolls sideways on a phone', async () => {
  await using instance = await startTestInstance();
  const { admin } = instance;
  await admin.ask('mutation { enableAuditLogs { __typename } }');
  const long = 'a-name-without-any-place-to-break-it'.repeat(3);
  await admin.ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
    input: {
      name: long,
      permissions: [],
      logTypeAccessKind: 'ALLOW',
      logTypeAccess: ['Panther.Audit', 'AWS.CloudTrail', 'Okta.SystemLog'],
    },
  });
  await admin.ask('mutation ($input: InviteUserInput!) { inviteUser(input: $input) { invitationLink } }', {
    input: {
      email: `${long.slice(0, 60)}@${long.slice(0, 60)}.example.com`,
      givenName: long,
      role: { kind: 'NAME', value: long },
    },
  });
  await admin.ask(
    'mutation ($input: CreateAPITokenInput!) { createAPIToken(input: $input) { token { id } } }',
    {
      input: {
        name: long,
        permissions: [],
        allowedCIDRBlocks: ['192.0.2.0/24', '2001:db8:85a3::8a2e:370:7334/128'],
      },
    },
  );
  const { executeDataLakeQuery } = await admin.ask<{ executeDataLakeQuery: { id: string } }>(
    'mutation ($input: ExecuteDataLakeQueryInput!) { executeDataLakeQuery(input: $input) { id } }',
    { input: { sql: 'SELECT * FROM panther_logs.public.panther_audit' } },
  );

  await using visitor = await openVisitor(browser, {
    viewport: { width: 375, height: 740 },
    isMobile: true,
    hasTouch: true,
  });
  const { page } = visitor;
  for (const path of ['/set-up#token=x', '/invitation#token=x', '/password-reset#token=x', '/sign-in']) {
    await page.goto(instance.address + path);
    await assertFits(page);
  }
  await signIn(page, administrator);
  for (const path of [
    '/audit-log',
    `/audit-log?actor=${long}&ip=2001%3Adb8%3A%3A%2F32&range=30d`,
    '/audit-log/5',
    '/data-explorer',
    `/data-explorer/${executeDataLakeQuery.id}`,
    '/log-sources',
    '/settings/general',
    '/settings/users',
    '/settings/roles',
    '/settings/api-tokens',
    '/settings/saml',
  ]) {
    await page.goto(instance.address + path);
    await assertFits(page);
  }
});

/** Invites a user on the Users page. @returns the link shown once. */
async function invite(page: Page, email: string, role: string): Promise<string> {
  await page.getByRole('button', { name: 'Invite user' }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: role, exact: true }).click();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.getByLabel('Invitation link').textContent();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: email, exact: true }).waitFor();
  return link ?? '';
}

/** Narrows the audit log by one more value of a filter with a list. */
async function choose(page: Page, filter: string, value: string): Promise<void> {
  await page.getByRole('combobox', { name: new RegExp(`^${filter}:`) }).click();
  await page
    .getByRole('option', { name: new RegExp(`^${value}`) })
    .first()
    .click();
  await page.keyboard.press('Escape');
}

async function switchAuditLogs(page: Page, on: boolean): Promise<void> {
  await openSettings(page, 'General');
  const toggle = page.getByRole('switch', { name: 'Enable Panther Audit Logs' });
  assert.equal(await toggle.isChecked(), !on);
  await toggle.click();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await page.getByText('Settings saved').last().waitFor();
}

/** Deletes a user through another client of the administrator. */
async function deleteUser(instance: TestInstance, email: string): Promise<void> {
  const admin = await instance.signIn(administrator.email, administrator.password);
  const { users } = await admin.ask<{ users: { id: string; email: string }[] }>('{ users { id email } }');
  await admin.ask('mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { id } }', {
    input: { id: users.find((user) => user.email === email)?.id },
  });
}

async function count(instance: TestInstance, actionName: string): Promise<number> {
  return (await instance.records()).filter((record) => record.actionName === actionName).length;
}

/** The records of `work` other than reads. */
async function changes(
  instance: TestInstance,
  work: () => Promise<unknown>,
): Promise<readonly AuditRecord[]> {
  const records = await instance.recordsOf(work);
  return records.filter(({ actionName }) => !/^(GET|LIST|FOLLOW)_/.test(actionName));
}

/** Whether one can see what has the focus: by a ring around it, or around the label it is part of. */
function focusIsSeen(page: Page): Promise<boolean> {
  return page.evaluate(`
    [document.activeElement, document.activeElement.closest('label')]
      .some((one) => one !== null && getComputedStyle(one).outlineStyle !== 'none')
  `);
}

/** What a browser says to a page whose tab is hidden or shown; the browser under test shows all its tabs. */
function show(page: Page, visible: boolean): Promise<void> {
  return page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: '${visible ? 'visible' : 'hidden'}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}

async function assertFits(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await eventually(
    () =>
      page
        .locator(
          'main [role="status"]:has-text("Loading"), [role="dialog"] [role="status"]:has-text("Loading")',
        )
        .count(),
    (loading) => loading === 0,
  );
  const widths = await page.evaluate(`
    [document.documentElement, ...document.querySelectorAll('main, [role="dialog"]')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.tagName + ' ' + element.scrollWidth + ' > ' + element.clientWidth)
  `);
  assert.deepEqual(widths, [], page.url());
}
