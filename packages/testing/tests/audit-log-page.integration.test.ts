import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator, startTestInstance, type TestInstance } from '@pawprint/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { failedEvery, leaveHistory } from './long-history.ts';
import {
  buildConsole,
  cells,
  eventually,
  type GridRow,
  gridRows,
  openBrowser,
  openMain,
  openVisitor,
  scrollTo,
  signIn,
} from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

const auditLog = (page: Page) => page.getByRole('grid', { name: 'Audit log' });
const histogram = (page: Page) => page.getByRole('slider', { name: 'Records over time' });
const countText = (page: Page) =>
  page
    .getByRole('status')
    .filter({ hasText: /^[\d,]+ records?$/ })
    .textContent();

/** Waits until the rows in view are all as wanted. */
const rowsOf = (page: Page, isWanted: (row: readonly string[]) => boolean) =>
  eventually(
    () => cells(auditLog(page)),
    (rows) => rows.length > 0 && rows.every(isWanted),
  );

/** Somebody who was here before: two roles of which one changed its name, and some reading. */
async function leaveRecords(instance: TestInstance): Promise<{ readonly roleId: string }> {
  const { admin } = instance;
  const { createRole } = await admin.ask<{ createRole: { role: { id: string } } }>(
    'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }',
    { input: { name: 'Night shift', permissions: ['UserRead'] } },
  );
  const { id } = createRole.role;
  await admin.ask('mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { id } } }', {
    input: { id, name: 'Night watch', permissions: ['UserRead', 'RuleRead'] },
  });
  const reader = await instance.userWith(['UserRead']);
  for (let times = 0; times < 12; times += 1) await reader.ask('{ users { id } }');
  await reader.graphql('{ roles { id } apiTokens { id } }');
  return { roleId: id };
}

test('the audit log is searched, narrowed, and followed from a record to all there is of its target', async (t) => {
  await using instance = await startTestInstance();
  const { roleId } = await leaveRecords(instance);
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  await auditLog(page).waitFor();

  await t.test('words find records wherever they stand, and the count says how many', async () => {
    await page.getByRole('textbox', { name: 'Search' }).fill('"night watch"');
    await page.keyboard.press('Enter');
    const rows = await eventually(
      () => cells(auditLog(page)),
      (rows) =>
        rows.some((row) => row[1] === 'UPDATE_USER_ROLE') && !rows.some((row) => row[1] === 'LIST_USERS'),
    );
    assert.equal(new URL(page.url()).searchParams.get('q'), '"night watch"');
    // Those that arrive meanwhile, as the search's own, are counted too.
    await eventually(
      () => countText(page),
      (text) => Number.parseInt(text ?? '', 10) >= rows.length,
    );
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  await t.test('counts by value narrow the log, and no longer when pressed again', async () => {
    await page.getByRole('button', { name: 'Counts by value' }).click();
    const action = page
      .getByRole('region', { name: 'Action counts' })
      .getByRole('button', { name: /^LIST_USERS/ });
    assert.match((await action.textContent()) ?? '', /LIST_USERS12/);
    await action.click();
    const rows = await rowsOf(page, (row) => row[1] === 'LIST_USERS');
    assert.equal(rows.length, 12);
    assert.equal(await countText(page), '12 records');
    assert.equal(await action.getAttribute('aria-pressed'), 'true');
    await page
      .getByRole('region', { name: 'Source IP counts' })
      .getByRole('button', { name: /^127\.0\.0\.1/ })
      .click();
    await page
      .getByRole('region', { name: 'Result counts' })
      .getByRole('button', { name: /^Succeeded/ })
      .click();
    await page.waitForURL(/result=SUCCEEDED/);
    assert.equal((await rowsOf(page, (row) => row[1] === 'LIST_USERS')).length, 12);
    await action.click();
    await page.waitForURL((url) => !url.searchParams.has('action'));
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('button', { name: 'Hide counts' }).click();
    await page.getByRole('complementary', { name: 'Counts by value' }).waitFor({ state: 'detached' });
  });

  await t.test('dragging over the histogram narrows the log to that time', async () => {
    await eventually(
      () => countText(page),
      (text) => text !== null,
    );
    const box = await histogram(page).boundingBox();
    assert(box);
    await page.mouse.move(box.x + 2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=.*to=/);
    const { searchParams } = new URL(page.url());
    const [from = '', to = ''] = ['from', 'to'].map((name) => searchParams.get(name)?.replace('T', ' '));
    await rowsOf(page, ([time = '']) => time >= from && time <= to);
    await page.getByText('Not live').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  await t.test('a record shows what it changed, and each value leads to those like it', async () => {
    await page.getByRole('textbox', { name: 'Search' }).fill(roleId);
    await page.keyboard.press('Enter');
    await auditLog(page)
      .getByRole('row', { name: /UPDATE_USER_ROLE/ })
      .click();
    const drawer = page.getByRole('dialog', { name: 'UPDATE_USER_ROLE' });
    const changes = drawer.getByRole('region', { name: 'Changes' });
    await changes.waitFor();
    assert.deepEqual(await changes.getByRole('row', { name: /^name/ }).getByRole('cell').allTextContents(), [
      'Night shift',
      'Night watch',
    ]);
    await drawer
      .getByRole('region', { name: 'Parameters' })
      .getByRole('link', { name: 'Filter by this name' })
      .click();
    await page.waitForURL(/field=actionParams/);
    const rows = await rowsOf(page, (row) => row[1] === 'UPDATE_USER_ROLE');
    assert.equal(rows.length, 1);
    await page.getByRole('button', { name: 'Remove the filter name is Night watch' }).click();
    await page.waitForURL((url) => !url.searchParams.has('field'));
  });

  await t.test('a target is followed: what is done to it later arrives by itself', async () => {
    await page.goto(`${instance.address}/audit-log?action=UPDATE_USER_ROLE`);
    await auditLog(page)
      .getByRole('row', { name: /UPDATE_USER_ROLE/ })
      .click();
    await page.getByRole('link', { name: `Follow the target ${roleId}` }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    await instance.admin.ask('mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) { id } }', {
      input: { id: roleId },
    });
    await auditLog(page)
      .getByRole('row', { name: /DELETE_USER_ROLE/ })
      .waitFor();
  });

  await t.test('a search is saved, opened again, shared and deleted', async () => {
    await page.goto(`${instance.address}/audit-log?action=LIST_USERS&result=SUCCEEDED`);
    await rowsOf(page, (row) => row[1] === 'LIST_USERS');
    const saved = page.getByRole('button', { name: 'Saved' });
    await saved.click();
    await page.getByText('No searches are saved yet.').waitFor();
    await page.getByRole('button', { name: 'Save this search' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Who reads users');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved Who reads users').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await saved.click();
    await page.getByRole('link', { name: 'Who reads users' }).click();
    await page.waitForURL(/action=LIST_USERS&result=SUCCEEDED/);
    await rowsOf(page, (row) => row[1] === 'LIST_USERS');

    await saved.click();
    await page.getByRole('button', { name: 'Change Who reads users' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Readers');
    await page.getByRole('switch', { name: 'Share' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved Readers').waitFor();
    await saved.click();
    await page.getByRole('img', { name: 'Shared' }).waitFor();
    await page.getByRole('button', { name: 'Delete Readers' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted Readers').waitFor();
    const names = (await instance.records()).map(({ actionName }) => actionName);
    for (const name of ['CREATE_SAVED_SEARCH', 'UPDATE_SAVED_SEARCH', 'DELETE_SAVED_SEARCH']) {
      assert.equal(names.filter((other) => other === name).length, 1, name);
    }
  });

  await t.test('the filters open in the Data Explorer as SQL that finds the same records', async () => {
    await instance.admin.ask('mutation { enableAuditLogs { __typename } }');
    await instance.instance.settled();
    const field = 'field=actor.attributes.email~USER&field=actionParams.dynamic.nothing[*]=x';
    const filters = ['q=lists+"users"&ip=127.0.0.0/30&actor=user&action=LIST_USERS&result=SUCCEEDED', field];
    for (const [query, rows] of [
      [filters[0], 12],
      [`${filters[0]}&${field.split('&')[0]}&from=2020-01-01`, 12],
      [filters.join('&'), 0],
    ] as const) {
      await page.goto(`${instance.address}/audit-log?${query}`);
      await eventually(
        () => countText(page),
        (text) => text === `${rows} records`,
      );
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: 'Open in Data Explorer' }).click();
      await page.getByRole('button', { name: /^Run/ }).click();
      await page
        .getByRole('region', { name: 'Results' })
        .getByRole('status')
        .filter({ hasText: new RegExp(`^${rows} rows`) })
        .waitFor();
    }
  });

  assert.deepEqual(instance.reports, []);
});

test('with the keyboard alone: search, choose a time on the histogram, narrow by a value, open a record', async () => {
  await using instance = await startTestInstance();
  await leaveRecords(instance);
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  const { keyboard } = page;
  const focused = () => page.locator(':focus');
  const tabTo = async (isWanted: () => Promise<boolean>) => {
    for (let presses = 0; presses < 80; presses += 1) {
      await keyboard.press('Tab');
      if (await isWanted()) return;
    }
    assert.fail('it is not reached by Tab');
  };
  await page.goto(instance.address);
  await signIn(page, administrator);
  await auditLog(page).waitFor();
  await eventually(
    () => countText(page),
    (text) => text !== null,
  );

  await tabTo(async () => (await focused().getAttribute('aria-label')) === 'Search');
  await keyboard.type('list_users');
  await keyboard.press('Enter');
  await page.waitForURL(/q=list_users/);
  await rowsOf(page, (row) => row.some((cell) => /LIST_USERS|list_users|AUDIT_LOGS/.test(cell)));

  await tabTo(async () => (await focused().getAttribute('role')) === 'slider');
  await keyboard.press('Home');
  assert.match((await focused().getAttribute('aria-valuetext')) ?? '', /^\d{4}-.* to .*: [\d,]+ records?/);
  await keyboard.press('Shift+End');
  await keyboard.press('Enter');
  await page.waitForURL(/from=.*to=/);

  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused().textContent(), 'Counts by value');
  await keyboard.press('Enter');
  await tabTo(async () => /^LIST_USERS\d/.test((await focused().textContent()) ?? ''));
  await keyboard.press('Enter');
  await page.waitForURL(/action=LIST_USERS/);
  await rowsOf(page, (row) => row[1] === 'LIST_USERS');

  await tabTo(async () => (await focused().getAttribute('role')) === 'row');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'LIST_USERS' }).waitFor();
});

test('a long log is read at any place of it, row by row as it is', async (t) => {
  await using instance = await startTestInstance();
  const size = 12_000;
  const firstRecords = (await instance.records()).length;
  await leaveHistory(instance, timesOverYears(size));
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  const { keyboard } = page;
  await page.goto(instance.address);
  await signIn(page, administrator);
  const grid = auditLog(page);
  const rowCount = async () => Number(await grid.getAttribute('aria-rowcount')) - 1;

  /** Whose row it is, from what stands below it; undefined where others are among the rows. */
  let visitorAt = (row: number, count: number): number | undefined => count - 1 - firstRecords - row;
  /** Waits until the rows there are are those wanted and loaded, and holds each to its place in the log. */
  const read = async (isWanted: (rows: readonly ReadRow[], count: number) => boolean) => {
    const rows = await eventually(
      () => readRows(grid),
      (rows) => rows.every(({ busy }) => !busy) && rows[0] !== undefined && isWanted(rows, rows[0].of),
    );
    assert(rows.length < 80, `${rows.length} rows exist`);
    for (const { row, of, visitor } of rows) {
      if (!Number.isNaN(visitor)) assert.equal(visitor, visitorAt(row, of) ?? visitor, `row ${row}`);
    }
    return rows;
  };
  const around = (part: number) => (rows: readonly ReadRow[], count: number) =>
    rows.some(({ row }) => row === Math.round(part * count));
  const isFirst = ([first]: readonly ReadRow[]) => first?.row === 0;
  const isLast = (rows: readonly ReadRow[], count: number) => rows.at(-1)?.row === count - 1;

  await eventually(rowCount, (count) => count > size);
  await read(isFirst);

  await t.test('the scrollbar leads to the middle', async () => {
    for (const part of [0.3, 0.6]) {
      await scrollTo(grid, part);
      await read(around(part));
    }
  });

  await t.test('what arrives meanwhile is announced, and moves nothing', async () => {
    const before = await read(around(0.6));
    const announced = page.getByRole('button', { name: /^\d+ new$/ });
    const news = async () => Number.parseInt((await announced.textContent()) ?? '', 10);
    const known = await news();
    for (const query of ['{ roles { id } }', '{ users { id } }']) await instance.admin.ask(query);
    await eventually(news, (count) => count === known + 2);
    assert.deepEqual(await readRows(grid), before);
  });

  await t.test('from there one scrolls on, either way', async () => {
    const [start] = await read(around(0.6));
    assert(start);
    await grid.hover();
    for (const way of [1, -1, -1]) {
      for (let turns = 0; turns < 4; turns += 1) await page.mouse.wheel(0, way * 2_000);
      await read(() => true);
    }
    const [end] = await read(() => true);
    assert(end && end.row < start.row - 150, `from ${start.row} to ${end?.row}`);
  });

  await t.test('keys lead to the end, page by page, and back to the newest', async () => {
    const focused = () => page.locator(':focus');
    const focusedRow = async () => Number(await focused().getAttribute('aria-rowindex')) - 2;
    await grid.getByRole('row').nth(20).focus();
    await keyboard.press('End');
    await read(isLast);
    assert.equal(await focusedRow(), (await rowCount()) - 1);
    assert.match((await focused().textContent()) ?? '', /START_INSTANCE/);
    const last = await focusedRow();
    await keyboard.press('PageUp');
    await eventually(focusedRow, (row) => row < last - 5 && row > last - 40);
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'SIGN_IN' }).waitFor();
    await keyboard.press('j');
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keyboard.press('Home');
    await read(isFirst);
    await eventually(focusedRow, (row) => row < 40);
  });

  await t.test('so is what matches filters, also where half of all is of one day', async () => {
    await page.goto(`${instance.address}/audit-log?action=SIGN_IN`);
    await eventually(rowCount, (count) => count > size);
    // Those of now are the newest by their time, wherever the ledger has them.
    visitorAt = (row, count) => (row < 120 ? undefined : count - 1 - row);
    for (const part of [0.5, 0.3, 0.9]) {
      await scrollTo(grid, part);
      await read(around(part));
    }
    await page.goto(`${instance.address}/audit-log?action=SIGN_IN&result=FAILED`);
    await eventually(rowCount, (count) => count === size / failedEvery);
    visitorAt = (row, count) => (count - 1 - row) * failedEvery;
    for (const part of [0.5, 1]) {
      await scrollTo(grid, part);
      await read(part === 1 ? isLast : around(part));
    }
  });
  assert.deepEqual(instance.reports, []);
});

/** Five years until a day ago; half of all times are of one day among them. */
function timesOverYears(size: number): readonly number[] {
  const dayMs = 86_400_000;
  const end = Date.now() - dayMs;
  const daysAgo = (part: number) => {
    if (part < 0.25) return 1_826 - part * 4 * 800;
    if (part < 0.75) return 1_000 - (part - 0.25) * 2;
    return 900 - (part - 0.75) * 4 * 899;
  };
  return Array.from({ length: size }, (_, place) => Math.round(end - daysAgo(place / size) * dayMs));
}

interface ReadRow extends GridRow {
  /** NaN where nobody of the made history did it. */
  readonly visitor: number;
}

async function readRows(grid: Locator): Promise<readonly ReadRow[]> {
  const rows = await gridRows(grid);
  return rows.map((row) => ({ ...row, visitor: Number(/^Visitor (\d+)$/.exec(row.cells[3] ?? '')?.[1]) }));
}

test('an indicator is searched for in every table, and the search is opened again by its link', async () => {
  await using instance = await startTestInstance();
  await instance.admin.ask('mutation { enableAuditLogs { __typename } }');
  const reader = await instance.userWith(['UserRead']);
  for (let times = 0; times < 3; times += 1) await reader.ask('{ users { id } }');
  await instance.instance.settled();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  await openMain(page, 'Indicator Search');
  await page.getByLabel('Indicators').fill(`198.51.100.1\n${reader.email.toUpperCase()}`);
  await page.getByRole('button', { name: 'Search' }).click();
  const grid = page.getByRole('grid', { name: 'Query results' });
  const found = async () =>
    (await cells(grid)).filter((row) => row.some((cell) => cell.includes('LIST_USERS')));
  assert.equal((await eventually(found, (rows) => rows.length > 0)).length, 3);
  await page.reload();
  assert.equal((await eventually(found, (rows) => rows.length > 0)).length, 3);
  assert.match(await page.getByLabel('Indicators').inputValue(), /^198\.51\.100\.1\n/);
  const names = (await instance.records()).map(({ actionName }) => actionName);
  assert.equal(names.filter((name) => name === 'EXECUTE_INDICATOR_SEARCH_QUERY').length, 1);
});
