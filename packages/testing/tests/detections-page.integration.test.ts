import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator, startTestInstance } from '@pawprint/testing';
import type { Browser, Page } from 'playwright-core';
import { buildConsole, eventually, openBrowser, openMain, openVisitor, signIn } from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

/** Screenshots go to the folder of PAWPRINT_SCREENSHOTS, to be looked at. */
const screenshots = process.env.PAWPRINT_SCREENSHOTS;

async function look(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  for (const [width, height] of [
    [1280, 800],
    [1920, 1080],
    [375, 812],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${screenshots}/${name}-${width}.png` });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    assert(Number(overflow) <= 0, `${name} is ${overflow} px too wide at ${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** What is asked of the page's own globals. */
interface PageGlobals {
  readonly DataTransfer: new () => { setData(type: string, text: string): void };
  readonly ClipboardEvent: new (type: string, options: object) => Event;
}

/** The editor's text, replaced as a person would. */
async function write(page: Page, file: string, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: file });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await editor.evaluate((element: EventTarget, pasted) => {
    const { DataTransfer, ClipboardEvent } = globalThis as unknown as PageGlobals;
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

const rule = (field: string) => `import { defineRule } from '@pawprint/detections';

export default defineRule({
  id: 'Walk.Rule',
  displayName: 'A walk',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  rule: (event) => event.${field} === 'DELETE_DETECTION',
  tests: [{ name: 'It is deleted', expectedResult: true, log: { actionName: 'DELETE_DETECTION' } }],
});
`;

test('a rule is written, tested, saved, changed, compared, restored, turned off and deleted', async (t) => {
  await using instance = await startTestInstance();
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  await openMain(page, 'Detections');
  await page.getByText('No detections yet').waitFor();
  await look(page, 'detections-empty');

  await t.test('fields of the event are completed', async () => {
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('menuitem', { name: 'Rule in TypeScript' }).click();
    await page.getByRole('heading', { name: 'New rule' }).waitFor();
    await page.getByRole('textbox', { name: 'my-rule.ts' }).click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('event.actor.');
    await page.getByRole('option', { name: /^attributes/ }).waitFor();
    await page.keyboard.press('Escape');
  });

  await t.test('what is wrong is told at its place', async () => {
    await write(page, 'my-rule.ts', rule('actionName').replace("'HIGH'", "'SEVERE'"));
    await page.getByRole('button', { name: 'Run tests' }).click();
    const problems = page.getByRole('list', { name: 'Problems' });
    await problems.getByText('defaultSeverity').waitFor();
    await page.locator('.cm-problem-line').getByText('SEVERE').waitFor();
    await look(page, 'detections-problem');
  });

  await t.test('a test that fails says why', async () => {
    await write(page, 'my-rule.ts', rule('actionResult'));
    await page.getByRole('button', { name: 'Run tests' }).click();
    await page.getByText('1 of 1 tests failed').waitFor();
    await page.getByText('expected true, got false').waitFor();
  });

  await t.test('it passes, is saved and is on', async () => {
    await write(page, 'my-rule.ts', rule('actionName'));
    await page.getByRole('button', { name: 'Run tests' }).click();
    await page.getByText('All 1 tests passed').waitFor();
    const records = await instance.recordsOf(async () => {
      await page.getByRole('button', { name: 'Save' }).click();
      await page.waitForURL('**/detections/rule/Walk.Rule');
      await page.getByRole('heading', { name: 'A walk', level: 1 }).waitFor();
      await page.getByRole('switch', { name: 'On', checked: true }).waitFor();
    });
    assert.equal(records[0]?.actionName, 'CREATE_RULE');
    await look(page, 'detections-editor');
  });

  await t.test('a change is a version, which is compared with the one before and undone', async () => {
    await write(page, 'my-rule.ts', rule('actionName').replace("'HIGH'", "'LOW'"));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Version 2', { exact: true }).first().waitFor();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByRole('button', { name: 'Version 1' }).click();
    await page.locator('.cm-deletedChunk').getByText('HIGH').waitFor();
    await look(page, 'detections-versions');
    await page.getByRole('button', { name: 'Restore version 1' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Version 3', { exact: true }).first().waitFor();
  });

  await t.test('leaving with unsaved changes asks first', async () => {
    await write(page, 'my-rule.ts', 'nothing yet');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Log Sources' }).click();
    await page.getByRole('alertdialog').getByText('Leave without saving?').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Log Sources' }).waitFor();
  });

  await t.test('the list is narrowed, and what is ticked turned off and deleted', async () => {
    await openMain(page, 'Detections');
    await page.getByRole('row', { name: /A walk/ }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('nothing like it');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing matches the filters').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('checkbox', { name: 'Select A walk' }).click();
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('switch', { name: 'A walk is on', checked: false }).waitFor();
    await page.getByRole('checkbox', { name: 'Select A walk' }).click();
    await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No detections yet').waitFor();
  });

  await t.test('the rules that ship with the product can be turned off, all or one, and copied', async () => {
    await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
    await page.getByRole('navigation', { name: 'Detections' }).getByRole('link', { name: 'Packs' }).click();
    const pack = page.getByRole('region', { name: 'Pawprint audit log' });
    await pack.getByRole('button', { name: 'Turn all off' }).click();
    await pack.getByText(/^0 of \d+ on$/).waitFor();
    await pack.getByRole('switch', { name: 'SAML settings were changed is on' }).click();
    await pack.getByText(/^1 of \d+ on$/).waitFor();
    await look(page, 'detections-packs');
    await page.getByRole('navigation', { name: 'Detections' }).getByRole('link', { name: 'All' }).click();
    await eventually(
      () => page.getByRole('row').count(),
      (count) => count > 10,
    );
    await look(page, 'detections-list');
    await page.getByRole('link', { name: 'SAML settings were changed' }).click();
    await page.getByRole('button', { name: 'Copy to edit' }).click();
    await page.getByRole('heading', { name: 'New rule' }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL('**/detections/rule/Pawprint.Audit.SamlChanged.Copy');
  });
});
