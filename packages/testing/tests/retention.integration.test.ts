import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator, startTestInstance } from '@pawprint/testing';
import type { Browser } from 'playwright-core';
import { buildConsole, openBrowser, openSettings, openVisitor, signIn } from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

test('retention and legal holds are seen and changed on Settings > Ledger, with a warning of what can not be undone', async () => {
  await using instance = await startTestInstance();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  await openSettings(page, 'Ledger');

  const retention = page.getByRole('region', { name: 'Retention' });
  const days = retention.getByLabel('Days to keep records');
  assert.equal(await days.inputValue(), '1826');
  await retention.getByText(/^0, /).waitFor();
  await retention.getByText(/MB$/).waitFor();
  await days.fill('100');
  await retention.getByText('A shorter period only holds for new records').waitFor();
  await days.fill('4000');
  await retention.getByText('A longer period can not be taken back').waitFor();
  await retention.getByRole('button', { name: 'Save period' }).click();
  await page.getByText('Retention saved').waitFor();
  await days.fill('40000');
  await retention.getByRole('button', { name: 'Save period' }).click();
  await retention.getByText('must be a whole number of days from 1 to 36500').waitFor();

  const lake = page.getByRole('region', { name: 'Data Lake Retention' });
  await lake.getByText('4,000 days: as long as the ledger keeps its records').first().waitFor();
  await lake.getByText('365 days: a year').first().waitFor();
  await lake.getByRole('button', { name: 'Change panther_signals.panther_audit' }).click();
  const period = page.getByRole('dialog', { name: 'Change period' });
  await period.getByLabel('Days to keep rows').fill('5000');
  await period.getByRole('button', { name: 'Save' }).click();
  await period.getByText('must not be more than the 4000 days that the ledger keeps its records').waitFor();
  await period.getByLabel('Days to keep rows').fill('90');
  await period.getByText('Rows older than 90 days go at once').waitFor();
  await period.getByRole('button', { name: 'Save' }).click();
  await lake.getByText('90 days', { exact: true }).waitFor();

  const holds = page.getByRole('region', { name: 'Legal Holds' });
  await holds.getByText('Nothing is held.').waitFor();
  await holds.getByRole('button', { name: 'Add hold' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add hold' });
  await dialog.getByLabel('From record').fill('3');
  await dialog.getByLabel('To record').fill('2');
  await dialog.getByLabel('Reason').fill('Case 7');
  await dialog.getByRole('button', { name: 'Add hold' }).click();
  await dialog.getByText('must not be before input.from').waitFor();
  await dialog.getByLabel('To record').fill('');
  await dialog.getByRole('button', { name: 'Add hold' }).click();
  await holds.getByText(/^Records from 3 on, since/).waitFor();
  await holds.getByRole('button', { name: 'Release' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Release hold' }).click();
  await holds.getByText(/released/).waitFor();

  const records = await instance.records();
  const changes = [
    'UPDATE_RETENTION_SETTINGS',
    'UPDATE_DATA_LAKE_RETENTION_SETTINGS',
    'CREATE_LEGAL_HOLD',
    'RELEASE_LEGAL_HOLD',
  ];
  assert.deepEqual(
    records
      .filter(({ actionName }) => changes.includes(actionName))
      .map(({ actionName, actionResult }) => [actionName, actionResult]),
    [
      ['UPDATE_RETENTION_SETTINGS', 'SUCCEEDED'],
      ['UPDATE_RETENTION_SETTINGS', 'FAILED'],
      ['UPDATE_DATA_LAKE_RETENTION_SETTINGS', 'FAILED'],
      ['UPDATE_DATA_LAKE_RETENTION_SETTINGS', 'SUCCEEDED'],
      ['CREATE_LEGAL_HOLD', 'FAILED'],
      ['CREATE_LEGAL_HOLD', 'SUCCEEDED'],
      ['RELEASE_LEGAL_HOLD', 'SUCCEEDED'],
    ],
  );
});
