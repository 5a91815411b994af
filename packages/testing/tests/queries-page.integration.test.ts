import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { systemClock } from '@pawprint/server';
import { administrator, startTestInstance } from '../src/index.ts';
import { buildConsole, openBrowser, openVisitor, signIn } from './visitor.ts';

buildConsole();

test('a query is run, summed up, downloaded, saved with a schedule, and its runs are seen', async () => {
  let aheadMs = 0;
  await using instance = await startTestInstance({
    clock: {
      epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
      monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    },
  });
  await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await instance.instance.settled();
  await using browser = await openBrowser();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);

  await page.goto(`${instance.address}/data-explorer`);
  await page.getByRole('textbox', { name: 'SQL query' }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('SELECT p_ledger_index, actionName FROM panther_audit ORDER BY 1 LIMIT 2');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('grid', { name: 'Query results' }).waitFor();

  await page.getByRole('button', { name: 'actionName', exact: true }).click();
  const summary = page.getByRole('dialog', { name: 'actionName' });
  await summary.getByRole('listitem').filter({ hasText: 'START_INSTANCE' }).waitFor();
  await summary.getByText('1 (50%)').first().waitFor();
  await page.keyboard.press('Escape');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem', { name: 'Records with proofs' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\n');
  assert.equal(lines.length, 2);

  await page.getByRole('button', { name: 'Save query' }).click();
  await page.getByLabel('Name', { exact: true }).fill('First actions');
  await page.getByRole('combobox', { name: 'Runs' }).click();
  await page.getByRole('option', { name: 'Every so many minutes' }).click();
  await page.getByLabel('Minutes between runs').fill('4');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('must not be longer than the rate').waitFor();
  await page.getByLabel('Minutes between runs').fill('60');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved First actions').waitFor();

  aheadMs = 3_600_000;
  await instance.instance.querySchedule.check();
  await page.getByRole('link', { name: 'Saved Queries' }).click();
  await page.getByRole('row', { name: /^First actions .* Every hour/ }).waitFor();
  await page.getByRole('button', { name: 'Actions for First actions' }).click();
  await page.getByRole('menuitem', { name: 'Last runs' }).click();
  await page.getByText('2 rows').waitFor();
  await page.getByRole('dialog', { name: 'First actions' }).getByRole('link').click();
  await page.getByRole('grid', { name: 'Query results' }).waitFor();

  await page.getByRole('tab', { name: 'Recent queries' }).click();
  await page.getByLabel('Which queries').selectOption('Scheduled');
  await page.getByRole('listitem').filter({ hasText: 'First actions' }).waitFor();

  await page.getByRole('link', { name: 'Saved Queries' }).click();
  await page.getByRole('button', { name: 'Actions for First actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No saved queries').waitFor();
});
