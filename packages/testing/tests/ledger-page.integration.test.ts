import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { readConfig } from '@pawprint/server';
import { administrator, startTestInstance } from '@pawprint/testing';
import type { Browser } from 'playwright-core';
import { buildConsole, openBrowser, openSettings, openVisitor, signIn } from './visitor.ts';

let browser: Browser;
before(async () => {
  buildConsole();
  browser = await openBrowser();
});
after(() => browser.close());

test('what is wrong with the instance is on every page, until it is not', async () => {
  await using instance = await startTestInstance();
  const { systemErrors } = instance.instance;
  await using visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(instance.address);
  await signIn(page, administrator);
  const banner = page.getByRole('main').getByText('The ledger takes no records for now');
  assert.equal(await banner.count(), 0);

  // The audit log's page hears of it by its stream.
  systemErrors.report({ kind: 'ledger_storage' }, 'The ledger takes no records for now');
  await banner.waitFor();
  await openSettings(page, 'Users');
  await banner.waitFor();
  await page.reload();
  await banner.waitFor();

  systemErrors.resolve({ kind: 'ledger_storage' });
  await systemErrors.settled();
  await page.getByRole('link', { name: 'See the system errors' }).click();
  await page.getByRole('link', { name: 'See the system errors' }).waitFor({ state: 'detached' });
  await page.getByRole('status').getByText('The ledger takes no records for now').waitFor();
});

test('a webhook is set as an outside anchor, gets the checkpoint, and gets it again when asked', async () => {
  let requests = 0;
  const hook = createServer((_, response) => {
    requests += 1;
    response.end();
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
  await openSettings(page, 'Ledger');
  const section = page.getByRole('region', { name: 'Outside Anchors' });
  await section.getByText('Checkpoints are sent nowhere yet.').waitFor();
  await section.getByRole('button', { name: 'Add Webhook' }).click();
  await section.getByLabel('Address', { exact: true }).fill(url);
  await section.getByLabel('Secret').fill('a secret of the webhook');
  await section.getByRole('button', { name: 'Save Changes' }).click();
  await section.getByText(`webhook ${url}`).waitFor();
  await instance.instance.anchors.check();
  assert.equal(requests, 1);
  await section.getByRole('button', { name: 'Send Now' }).click();
  await page.getByText(/The checkpoint of \d+ entries was sent/).waitFor();
  assert.equal(requests, 2);
  assert.equal(await section.getByLabel('Secret').inputValue(), '');

  await section.getByLabel('Certificates trusted for it').fill('PEM');
  await section.getByLabel('Time stamping authority').fill('https://tsa.example.com');
  await section.getByRole('button', { name: 'Save Changes' }).click();
  await section.getByText(/there is no certificate in PEM form/i).waitFor();
});
