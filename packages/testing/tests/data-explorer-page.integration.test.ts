import assert from 'node:assert/strict';
import { glob, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { administrator, startTestInstance } from '../src/index.ts';
import { buildConsole, eventually, gridRows, openBrowser, openVisitor, scrollTo, signIn } from './visitor.ts';

buildConsole();

async function runQuery(page: Page, sql: string): Promise<void> {
  await page.getByRole('textbox', { name: 'SQL query' }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(sql);
  await page.keyboard.press('Control+Enter');
}

test('a damaged file is told of once a query has met it, and an administrator has its rows built again', async () => {
  await using instance = await startTestInstance();
  const reader = await instance.userWith(['DataAnalyticsRead']);
  await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await instance.instance.settled();
  await using browser = await openBrowser();
  await using operator = await openVisitor(browser);
  await using other = await openVisitor(browser);
  const { page } = operator;
  await page.goto(`${instance.address}/data-explorer`);
  await signIn(page, administrator);
  const first = 'SELECT actionName FROM panther_audit WHERE p_ledger_index = 0';
  const results = page.getByRole('grid', { name: 'Query results' });
  await runQuery(page, first);
  await results.getByText('START_INSTANCE').waitFor();
  assert.equal(await page.getByText('rows are missing').count(), 0);

  // A look at the page is recorded, and so loaded into another file, which is sound.
  const lake = join(instance.dataDirectory, 'lake');
  for await (const file of glob('panther_logs/**/*.parquet', { cwd: lake })) await rm(join(lake, file));
  const notice = page.getByRole('complementary').getByText(/^\d+ rows are missing$/);
  await runQuery(page, `${first} -- met`);
  await page.getByText(/the data file \S+\.parquet is missing or damaged/).waitFor();
  await notice.waitFor();
  // Each query meets the next of the lost files.
  await eventually(
    async () => {
      await runQuery(page, 'SELECT count(*) AS n FROM panther_audit');
      const end = results.or(page.getByText('is missing or damaged')).first();
      await end.waitFor();
      return results.isVisible();
    },
    (answers) => answers,
  );
  await page.getByText('Some rows are missing from these results').waitFor();

  await other.page.goto(`${instance.address}/data-explorer`);
  await signIn(other.page, { ...administrator, email: reader.email });
  await other.page.getByText(/^\d+ rows are missing$/).waitFor();
  assert.equal(await other.page.getByRole('button', { name: 'Rebuild from the ledger' }).count(), 0);

  await page.getByRole('button', { name: 'Rebuild from the ledger' }).click();
  await page.getByText(/^\d+ rows come back from the ledger$/).waitFor();
  await instance.instance.settled();
  const refresh = page.getByRole('button', { name: 'Refresh' });
  await eventually(
    async () => {
      // Offered while it was not done when last looked at.
      if (await refresh.isVisible()) await refresh.click();
      return notice.isVisible();
    },
    (isThere) => !isThere,
  );
  await runQuery(page, `${first} -- again`);
  await results.getByText('START_INSTANCE').waitFor();
  assert.equal(await page.getByText('Some rows are missing from these results').count(), 0);
});

test('any row of a long result is gone to, and no more is loaded than is looked at', async () => {
  await using instance = await startTestInstance();
  await using browser = await openBrowser();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(`${instance.address}/data-explorer`);
  await signIn(page, administrator);
  const size = 400_000;
  await runQuery(page, `SELECT n FROM UNNEST(sequence(1, ${size})) AS numbers(n)`);
  const grid = page.getByRole('grid', { name: 'Query results' });
  await grid.waitFor();
  assert.equal(await grid.getAttribute('aria-rowcount'), String(size + 1));
  /** The rows there are, once they are loaded and have this one among them. */
  const read = async (wanted: number) => {
    const rows = await eventually(
      () => gridRows(grid),
      (rows) => rows.every(({ busy }) => !busy) && rows.some(({ row }) => row === wanted),
    );
    assert(rows.length < 80, `${rows.length} rows exist`);
    for (const { row, cells } of rows) assert.equal(cells[0], String(row + 1));
    return rows;
  };
  await read(0);
  // A browser has no room for so many rows: both ends and what is between are reached all the same.
  for (const part of [0.5, 0.25, 1]) {
    await scrollTo(grid, part);
    await read(Math.min(size - 1, part * size));
  }
  await scrollTo(grid, 0.75);
  const [start] = await read(0.75 * size);
  assert(start);
  await grid.hover();
  for (const [rows, first] of [
    [10, start.row + 10],
    [-20, start.row - 10],
  ] as const) {
    await page.mouse.wheel(0, rows * 32);
    await eventually(
      () => gridRows(grid),
      ([at]) => at?.row === first,
    );
    await read(first);
  }
  await grid.getByRole('row').nth(15).click();
  const [, row = ''] =
    /^Row (\d+)$/.exec((await page.getByRole('dialog').getByRole('heading').first().textContent()) ?? '') ??
    [];
  await page.getByRole('dialog').getByText(`${row}`, { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Home');
  await read(0);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await read(size - 1);
  assert.equal(await page.locator(':focus').getAttribute('aria-rowindex'), String(size + 1));
  const reads = (await instance.records()).filter(({ actionName }) => actionName === 'GET_DATA_LAKE_QUERY');
  assert(reads.length < 20, `${reads.length} pages were read`);
});
