import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator, startTestInstance } from '@pawprint/testing';
import ipaddr from 'ipaddr.js';
import type { Browser, Page } from 'playwright-core';
import { buildConsole, openBrowser, openSettings, openVisitor, signIn } from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

const outboundNetworks = [{ address: ipaddr.parse('127.0.0.0'), prefixLength: 8 }];

async function openLedger(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await signIn(page, administrator);
  await openSettings(page, 'Ledger');
}

test('an instance becomes the witness of another, all in the console', async (t) => {
  await using oak = await startTestInstance();
  await using elm = await startTestInstance({ outboundNetworks });
  await using ofOak = await openVisitor(browser);
  await using ofElm = await openVisitor(browser);
  await openLedger(ofOak.page, oak.address);
  await openLedger(ofElm.page, elm.address);
  const keyOf = (page: Page, label: string) => page.getByLabel(label, { exact: true }).textContent();
  const ledgerKey = (await keyOf(ofElm.page, 'Public key of the ledger')) ?? '';
  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  await t.test('the witness is enabled, and told which ledger to witness', async () => {
    const own = section(ofOak.page, 'Witness for Others');
    await own.getByRole('switch', { name: 'Cosign for other ledgers' }).click();
    await own.getByLabel('Name of the key').fill('oak.example/witness');
    await own.getByRole('button', { name: 'Save Changes' }).click();
    await own.getByLabel('Public key of this witness').waitFor();
    await own.getByRole('button', { name: 'Add ledger' }).click();
    const dialog = ofOak.page.getByRole('dialog', { name: 'Add ledger' });
    await dialog.getByLabel('Public key').fill('nonsense');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText('The verifier key is not an Ed25519 key').waitFor();
    await dialog.getByLabel('Public key').fill(ledgerKey);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await own.getByText('0 entries cosigned, never').waitFor();
  });

  await t.test('the other names it, and requires it', async () => {
    const witnessKey = (await keyOf(ofOak.page, 'Public key of this witness')) ?? '';
    assert.match(witnessKey, /^oak\.example\/witness\+/);
    const witnesses = section(ofElm.page, 'Witnesses');
    await witnesses.getByRole('button', { name: 'Add witness' }).click();
    const dialog = ofElm.page.getByRole('dialog', { name: 'Add witness' });
    await dialog.getByLabel('Name').fill('Oak');
    await dialog.getByLabel('Public key').fill(witnessKey);
    await dialog.getByLabel('Address').fill(`${oak.address}/witness`);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await witnesses.getByText('Not cosigned yet').waitFor();
    await witnesses.getByLabel('Required').click();
    await ofElm.page.getByRole('option', { name: '1 of 1' }).click();
    await ofElm.page.getByText('Witnesses saved').waitFor();
  });

  await t.test('both show how far it has come', async () => {
    const { page } = ofElm;
    await page.waitForTimeout(2_500);
    await page.reload();
    await section(page, 'Status')
      .getByText(/^(1 of 1 witnesses cosigned the newest|Witnessed up to entry \d+), 1 of 1 required$/)
      .waitFor();
    await section(page, 'Witnesses')
      .getByText(/^\d+ entries cosigned$/)
      .waitFor();
    await ofOak.page.reload();
    await section(ofOak.page, 'Witness for Others')
      .getByText(/^[1-9]\d* entries cosigned, /)
      .waitFor();
  });

  await t.test('and a record says how many witnesses vouch for it, checked in the page', async () => {
    const { page } = ofElm;
    // Other records arrive meanwhile and would push it out of sight.
    await page.goto(`${elm.address}/audit-log?action=SIGN_IN`);
    await page.getByRole('grid', { name: 'Audit log' }).getByText('SIGN_IN').last().click();
    await page.getByRole('button', { name: 'Verify this record' }).click();
    await page.getByText('1 of 1 witnesses have cosigned that; 1 are required.').waitFor();
  });
});
