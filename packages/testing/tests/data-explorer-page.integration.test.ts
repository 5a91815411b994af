import assert from 'node:assert/strict';
import { glob, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { administrator, startTestInstance } from '../src/index.ts';
import { buildConsole, eventually, openBrowser, openVisitor, signIn } from './visitor.ts';

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
