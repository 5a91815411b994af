import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { readConfig } from '@pawprint/server';
import { administrator, startTestInstance, type TestInstance } from '@pawprint/testing';
import type { Browser } from 'playwright-core';
import {
  buildConsole,
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

/** Makes an alert as detections do: straight in the database. @returns its id. */
function makeAlert({ dataDirectory }: TestInstance, fields: Record<string, string> = {}): string {
  const id = randomBytes(16).toString('hex');
  const now = new Date().toISOString();
  const row: Record<string, string | number | null> = {
    id,
    type: 'RULE',
    detection_id: 'Test.Rule',
    detection_version: 2,
    dedup: id,
    title: 'Somebody made a role',
    severity: 'HIGH',
    description: 'Roles decide who may do what.',
    runbook: 'Ask who made it.',
    reference: 'https://example.com/roles',
    context: '{"role":"Admin"}',
    log_types: '["Panther.Audit"]',
    tags: '["Access"]',
    status: 'OPEN',
    event_count: 1,
    first_event_at: now,
    last_event_at: now,
    created_at: now,
    updated_at: now,
    ...fields,
  };
  const database = new DatabaseSync(join(dataDirectory, 'pawprint.db'), { timeout: 5_000 });
  const names = Object.keys(row);
  database
    .prepare(`insert into alerts (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`)
    .run(...Object.values(row));
  database
    .prepare('insert into alert_activities (id, alert_id, kind, body, created_at) values (?, ?, ?, ?, ?)')
    .run(`${id}-created`, id, 'CREATED', '{}', now);
  database.close();
  return id;
}

test('a triage walk: along the list by keys, in bulk, then one alert to its end', async () => {
  await using instance = await startTestInstance();
  for (const title of ['First', 'Second', 'Third', 'Fourth']) {
    makeAlert(instance, { title, created_at: new Date(Date.now() - 60_000 - title.length).toISOString() });
  }
  makeAlert(instance, { title: 'Dealt with', status: 'RESOLVED', severity: 'INFO' });
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  await openMain(page, 'Alerts');
  const list = page.getByRole('list', { name: 'Alerts' });
  const titles = () => list.getByRole('link').allTextContents();
  await eventually(titles, ({ length }) => length === 4);
  const tab = (name: RegExp) => page.getByRole('button', { name });
  await tab(/^Unfinished ?4$/).waitFor();
  await tab(/^Resolved ?1$/).waitFor();

  // J moves, X ticks, E resolves what is ticked.
  await list.getByRole('link').first().focus();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByRole('toolbar', { name: 'Selected alerts' }).getByText('2 selected').waitFor();
  await page.keyboard.press('e');
  await eventually(titles, ({ length }) => length === 2);
  await tab(/^Resolved ?3$/).waitFor();
  // T changes the one in focus, which stays among the unfinished.
  await list.getByRole('link').first().focus();
  await page.keyboard.press('t');
  await tab(/^Triaged ?1$/).waitFor();
  assert.equal((await titles()).length, 2);

  // A new one is announced, and shown when asked for.
  makeAlert(instance, { title: 'Just now', severity: 'CRITICAL' });
  await page.getByRole('button', { name: '1 new' }).click();
  await eventually(titles, (seen) => seen[0] === 'Just now');
  await page.getByRole('button', { name: '1 new' }).waitFor({ state: 'detached' });

  await page.keyboard.press('Tab');
  await list.getByRole('link', { name: 'Just now' }).click();
  await page.getByRole('heading', { name: 'Just now', level: 1 }).waitFor();
  const actions = page.getByRole('toolbar', { name: 'Alert' });
  await actions.getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('menuitem', { name: 'Me' }).click();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await timeline.getByText('assigned it to you').waitFor();
  await timeline.getByLabel('Comment').fill('Asked the <b>admin</b>.');
  await timeline.getByRole('button', { name: 'Comment' }).click();
  await timeline.getByText('Asked the <b>admin</b>.').waitFor();
  await actions.getByRole('button', { name: 'Useful' }).click();
  await actions.getByRole('button', { name: 'Resolve' }).click();
  await timeline.getByText('set it from Open to Resolved').waitFor();
  await page.getByRole('link', { name: 'All alerts' }).click();
  await eventually(titles, (seen) => seen.length === 2 && !seen.includes('Just now'));

  const records = await instance.records();
  const done = records
    .map(({ actionName }) => actionName)
    .filter((name) => /^(UPDATE|CREATE)_ALERT/.test(name));
  assert.deepEqual(done, [
    'UPDATE_ALERT_STATUS',
    'UPDATE_ALERT_STATUS',
    'UPDATE_ALERT_ASSIGNEE',
    'CREATE_ALERT_COMMENT',
    'UPDATE_ALERT_QUALITY',
    'UPDATE_ALERT_STATUS',
  ]);
});

test('all that match are selected and changed, shown or not, and nothing else', async () => {
  await using instance = await startTestInstance();
  for (let made = 0; made < 230; made += 1) makeAlert(instance, { title: `Low ${made}`, severity: 'LOW' });
  makeAlert(instance, { title: 'High one' });
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(`${instance.address}/alerts?severity=LOW`);
  await signIn(page, administrator);
  const list = page.getByRole('list', { name: 'Alerts' });
  await eventually(
    () => list.getByRole('link').count(),
    (count) => count === 50,
  );
  const bar = page.getByRole('toolbar', { name: 'Selected alerts' });
  await page.getByRole('checkbox', { name: 'Select all shown' }).click();
  await bar.getByText('50 selected').waitFor();
  await page.getByRole('button', { name: 'Select all 230 that match' }).click();
  await bar.getByText('230 selected').waitFor();
  // Taking one out leaves those that are shown.
  await list.getByRole('checkbox').first().click();
  await bar.getByText('49 selected').waitFor();
  await list.getByRole('checkbox').first().click();
  await page.getByRole('button', { name: 'Select all 230 that match' }).click();
  await bar.getByText('230 selected').waitFor();
  await bar.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('No alert matches these filters').waitFor();
  await page.getByText('Resolved: 230 alerts').waitFor();

  const changes = (await instance.records()).filter(({ actionName }) => actionName === 'UPDATE_ALERT_STATUS');
  assert.deepEqual(
    changes.map(({ actionResult, actionDetails }) => [
      actionResult,
      (actionDetails as { before: readonly object[] }).before.length,
    ]),
    [
      ['SUCCEEDED', 80],
      ['SUCCEEDED', 80],
      ['SUCCEEDED', 70],
    ],
  );
  const { alertCounts } = await instance.admin.ask<{ alertCounts: readonly object[] }>(
    '{ alertCounts { status severity count } }',
  );
  assert.deepEqual(
    new Set(alertCounts.map((count) => JSON.stringify({ ...count }))),
    new Set([
      JSON.stringify({ status: 'OPEN', severity: 'HIGH', count: 1 }),
      JSON.stringify({ status: 'RESOLVED', severity: 'LOW', count: 230 }),
    ]),
  );
});

test('filters are in the address bar, and somebody who may only read is told what is missing', async () => {
  await using instance = await startTestInstance();
  makeAlert(instance, { title: 'High one' });
  makeAlert(instance, { title: 'Low one', severity: 'LOW' });
  instance.instance.systemErrors.note({ kind: 'clock' }, 'The clock went back by 7 s');
  await instance.instance.systemErrors.settled();
  const reader = await instance.userWith(['AlertRead']);
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(`${instance.address}/alerts?severity=LOW`);
  await signIn(page, { email: reader.email, password: administrator.password });
  const list = page.getByRole('list', { name: 'Alerts' });
  const titles = () => list.getByRole('link').allTextContents();
  await eventually(titles, (seen) => seen.join() === 'Low one');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await eventually(titles, ({ length }) => length === 2);
  await page.getByLabel('Kind').selectOption('System errors');
  await eventually(titles, (seen) => seen.join() === 'The clock went back by 7 s');
  assert.match(page.url(), /type=SYSTEM_ERROR/);
  await page.getByLabel('Title').fill('nothing like it');
  await page.keyboard.press('Enter');
  await page.getByText('No alert matches these filters').waitFor();
  await page.goBack();
  await list.getByRole('link').click();
  const resolve = page.getByRole('toolbar', { name: 'Alert' }).getByRole('button', { name: 'Resolve' });
  assert.equal(await resolve.getAttribute('aria-disabled'), 'true');
});

test('HTML of a comment lays text out and does nothing else', async () => {
  await using instance = await startTestInstance();
  const id = makeAlert(instance);
  const body = `<p>See <b>this</b> <a href="https://example.com/x" onclick="alert(1)">page</a>, not
    <a href="javascript:alert(1)">that</a></p><script>document.title = 'taken'</script>
    <img src="x" onerror="document.title = 'taken'"><iframe src="/settings/users"></iframe><style>body{display:none}</style>`;
  await instance.admin.ask(
    'mutation ($input: CreateAlertCommentInput!) { createAlertComment(input: $input) { comment { id } } }',
    { input: { alertId: id, body, format: 'HTML' } },
  );
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(`${instance.address}/alerts/${id}`);
  await signIn(page, administrator);
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await timeline.locator('b', { hasText: 'this' }).waitFor();
  assert.equal(
    await timeline.getByRole('link', { name: 'page' }).getAttribute('href'),
    'https://example.com/x',
  );
  assert.equal(await timeline.getByRole('link', { name: 'that' }).count(), 0);
  assert.equal(await timeline.locator('script, img, iframe, style, [onclick]').count(), 0);
  assert.match(await page.title(), /^Somebody made a role/);
});

test('a destination is added, tried out, and gets an alert; what did not arrive is sent again', async () => {
  const bodies: string[] = [];
  let status = 200;
  const hook = createServer(async (request, response) => {
    bodies.push(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString());
    response.writeHead(status).end();
  });
  await once(hook.listen(0, '127.0.0.1'), 'listening');
  after(() => hook.close());
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const { outboundNetworks } = readConfig({ PAWPRINT_OUTBOUND_NETWORKS: '127.0.0.0/8' });
  await using instance = await startTestInstance({ outboundNetworks });
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  await openSettings(page, 'General');
  await page.getByLabel('Public address').fill('pawprint.example.com');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await page.getByText('must be an http:// or https:// address with nothing after it').waitFor();
  await page.getByLabel('Public address').fill('https://pawprint.example.com');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await page.getByText('Settings saved').waitFor();
  await openSettings(page, 'Destinations');
  await page.getByText('Alerts are sent nowhere yet').waitFor();
  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add destination' });
  await dialog.getByLabel('Name').fill('On call');
  await dialog.getByLabel('Address').fill('https://ada:pw@example.com');
  await dialog.getByLabel('Secret').fill('a secret of the webhook');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText(/must not have a user name or password in it/i).waitFor();
  await dialog.getByLabel('Address').fill(url);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const row = page.getByRole('table', { name: 'Destinations' }).getByRole('row', { name: /On call/ });
  await row.getByText('signed').waitFor();
  await row.getByRole('button', { name: 'Actions for On call' }).click();
  await page.getByRole('menuitem', { name: 'Send test alert' }).click();
  await page.getByText('On call took the test alert').waitFor();
  assert.match(bodies[0] ?? '', /Test Alert/);
  assert.equal(JSON.parse(bodies[0] ?? '').link, 'https://pawprint.example.com/settings/destinations');

  status = 500;
  instance.instance.systemErrors.note({ kind: 'clock' }, 'The clock went back by 7 s');
  await instance.instance.systemErrors.settled();
  await instance.instance.alertDeliveries.settled();
  await page.goto(`${instance.address}/alerts?type=SYSTEM_ERROR`);
  await page.getByRole('link', { name: 'The clock went back by 7 s' }).click();
  const deliveries = page.getByRole('region', { name: 'Deliveries' });
  await deliveries.getByText('On its way').waitFor();
  await deliveries.getByText('it answered with the status 500').waitFor();
});
