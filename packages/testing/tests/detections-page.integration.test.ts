import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator, startTestInstance } from '@pawprint/testing';
import type { Browser, Page } from 'playwright-core';
import { buildConsole, openBrowser, openMain, openVisitor, signIn } from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

const enable = 'mutation { enableAuditLogs { source { integrationId } } }';

test('a rule is written, tested, run over the past, saved, changed and brought back', async (t) => {
  await using instance = await startTestInstance();
  await instance.admin.ask(enable);
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  const results = page.getByRole('region', { name: 'Results' });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  await t.test('the managed rules are listed, and found by a filter', async () => {
    await openMain(page, 'Detections');
    const table = page.getByRole('table', { name: 'Detections' });
    await table.getByText('Pawprint.Audit.SignInBruteForce').waitFor();
    await page.getByLabel('Search detections').fill('saml');
    assert.equal(await table.getByRole('row').count(), 2);
  });

  await t.test('a managed rule is turned off, and can not be changed', async () => {
    await page.getByRole('table', { name: 'Detections' }).getByRole('link').first().click();
    await press('Turn off');
    await page.getByText('Off', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Save' }).getAttribute('aria-disabled'), 'true');
    await press('Turn on');
  });

  await t.test('a new rule begins with a template, whose tests pass', async () => {
    await openMain(page, 'Detections');
    await press('New detection');
    await page.getByRole('menuitem', { name: /Rule in TypeScript/ }).click();
    await press('Run tests');
    await results.getByText('All 2 tests pass').waitFor();
  });

  await t.test('what is wrong is told beside the code', async () => {
    await typeAtEnd(page, 'rule.ts', '\nnonsense nonsense');
    await press('Run tests');
    await results.getByRole('alert').first().waitFor();
    await undo(page, 'rule.ts');
  });

  await t.test('it is run over the past before it is saved', async () => {
    await page.getByRole('tab', { name: 'Backtest' }).click();
    await press('Run backtest');
    await results.getByText(/events in \d/).waitFor();
    await results.getByText('Matches').waitFor();
  });

  await t.test('it is saved, on, and its versions are compared and brought back', async () => {
    await press('Save');
    await page.waitForURL('**/detections/rule/Custom.New.Rule');
    await page.getByText('On', { exact: true }).waitFor();
    await typeAtEnd(page, 'rule.ts', '// a second thought\n');
    await press('Save');
    await page.getByRole('tab', { name: 'Versions (2)' }).click();
    await results.getByRole('button', { name: 'Compare' }).last().click();
    const dialog = page.getByRole('dialog', { name: 'Since version 1' });
    await dialog.getByText('a second thought').waitFor();
    await dialog.getByRole('button', { name: 'Restore this version' }).click();
    assert.doesNotMatch((await page.getByRole('textbox', { name: 'rule.ts' }).textContent()) ?? '', /second/);
  });

  await t.test('leaving what was not saved asks first', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Log Sources' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Leave without saving?' });
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Log Sources', level: 1 }).waitFor();
  });

  await t.test('it is found in the list and deleted', async () => {
    await openMain(page, 'Detections');
    await page.getByLabel('Search detections').fill('Custom.New');
    await page.getByRole('checkbox', { name: 'Select A new rule' }).click();
    await press('Delete');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nothing matches').waitFor();
  });

  await t.test('the pack that ships with the product is turned off whole, and on again in part', async () => {
    await page.getByRole('link', { name: 'Packs' }).click();
    const pack = page.getByRole('region', { name: 'Pawprint audit log' });
    await pack.getByRole('button', { name: 'Turn all off' }).click();
    await pack.getByText(/^0 of \d+ on$/).waitFor();
    await pack.getByRole('switch', { name: 'SAML settings were changed is on' }).click();
    await pack.getByText(/^1 of \d+ on$/).waitFor();
    await look(page, 'packs');
  });

  await t.test('a managed rule is copied to be changed', async () => {
    await page.getByRole('link', { name: 'SAML settings were changed' }).click();
    await page.getByRole('link', { name: 'Copy' }).click();
    await press('Save');
    await page.waitForURL('**/detections/rule/Pawprint.Audit.SamlChanged.Copy');
    await look(page, 'copied-rule');
  });

  await t.test('all of it is on record', async () => {
    const names = new Set((await instance.records()).map(({ actionName }) => actionName));
    for (const name of [
      'LIST_DETECTIONS',
      'GET_RULE',
      'TEST_RULE',
      'CREATE_REPLAY',
      'CREATE_RULE',
      'UPDATE_RULE',
      'DELETE_DETECTION',
      'UPDATE_DETECTION_PACK_STATE',
    ]) {
      assert.ok(names.has(name as never), name);
    }
  });
});

/** Pictures go to the folder that TEST_SCREENSHOTS names, to be looked at; nothing may be wider than the window. */
async function look(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [375, 812],
    [1920, 1080],
    [1280, 800],
  ] as const) {
    await page.setViewportSize({ width, height });
    const excess = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    assert(Number(excess) <= 0, `${name} is ${excess} px too wide at ${width} px`);
    const folder = process.env.TEST_SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}-${width}.png` });
  }
}

async function typeAtEnd(page: Page, label: string, text: string): Promise<void> {
  await page.getByRole('textbox', { name: label, exact: true }).click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.insertText(text);
}

async function undo(page: Page, label: string): Promise<void> {
  await page.getByRole('textbox', { name: label, exact: true }).click();
  await page.keyboard.press('ControlOrMeta+z');
}
