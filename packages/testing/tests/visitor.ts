import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type ConsoleMessage,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';

/** How long what is to happen may take: far longer than it does, as a busy machine is no failure. */
const waitMsMax = 60_000;

const consoleFolder = fileURLToPath(new URL('../../console', import.meta.url));

/** Builds the console where it is not built yet; the instance serves what is there when it starts. */
export function buildConsole(): void {
  if (existsSync(`${consoleFolder}/dist/index.html`)) return;
  const { status } = spawnSync('npm', ['run', 'build'], { cwd: consoleFolder, stdio: 'inherit' });
  assert.equal(status, 0, 'the console builds');
}

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.TEST_CHROMIUM;
  assert(executablePath, 'TEST_CHROMIUM is the path of a Chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--headless=new',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** Somebody with a browser of their own. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Fails for whatever the console logged as an error, except failed requests, and for breaches of its policy. */
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openVisitor(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(waitMsMax);
  const problems: string[] = [];
  // A breach in a shadow root or a constructed style sheet is not always logged.
  await context.addInitScript(`
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error('policy: ' + violatedDirective + ' ' + blockedURI));
  `);
  context.on('console', (message) => {
    if (message.type() === 'error' && !isRefusedRequest(message)) problems.push(message.text());
  });
  context.on('weberror', (error) => problems.push(String(error.error())));
  return {
    page: await context.newPage(),
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(problems, []);
    },
  };
}

/** What the browser says of a request that the instance refused, such as a sign-in with a wrong password. */
function isRefusedRequest(message: ConsoleMessage): boolean {
  return /^Failed to load resource: the server responded with a status of (?:401|403|409|410) /.test(
    message.text(),
  );
}

export async function signIn(page: Page, { email, password }: { email: string; password: string }) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(({ pathname }) => pathname !== '/sign-in');
}

export async function openSettings(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('menuitem', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

export async function openMain(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** What is asked of an element in the page. */
interface PageElement {
  readonly children: Iterable<PageElement>;
  readonly textContent: string | null;
  readonly ariaRowIndex: string | null;
  readonly ariaRowCount: string | null;
  readonly ariaBusy: string | null;
  closest(selector: string): PageElement | null;
}

/** The text of a grid's cells, row by row, as far as the rows are in view. */
export function cells(grid: Locator): Promise<string[][]> {
  return grid
    .getByRole('row')
    .evaluateAll((rows: readonly PageElement[]) =>
      rows.slice(1).map((row) => Array.from(row.children, (cell) => cell.textContent ?? '')),
    );
}

/** A row that exists; most of a long table's do not. */
export interface GridRow {
  /** Its place in the whole table, from 0. */
  readonly row: number;
  /** How many rows the table had when this was seen. */
  readonly of: number;
  readonly busy: boolean;
  readonly cells: readonly string[];
}

export async function gridRows(grid: Locator): Promise<readonly GridRow[]> {
  const rows = await grid.getByRole('row').evaluateAll((rows: readonly PageElement[]) =>
    rows.slice(1).flatMap((row) => {
      const table = row.closest('[role=grid]');
      // It is gone since it was found.
      if (table === null) return [];
      return {
        row: Number(row.ariaRowIndex) - 2,
        of: Number(table.ariaRowCount) - 1,
        busy: row.ariaBusy === 'true',
        cells: Array.from(row.children, (cell) => cell.textContent ?? ''),
      };
    }),
  );
  return rows;
}

/** Takes the scrollbar of a grid to a part of its way. */
export async function scrollTo(grid: Locator, part: number): Promise<void> {
  await grid.locator('xpath=..').evaluate((scroller: Scroller, part) => {
    scroller.scrollTop = part * (scroller.scrollHeight - scroller.clientHeight);
  }, part);
}

interface Scroller {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

/** Waits until `look` sees what is wanted, and says what it saw where it never does. */
export async function eventually<Seen>(
  look: () => Promise<Seen>,
  isWanted: (seen: Seen) => boolean | Promise<boolean>,
): Promise<Seen> {
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    const seen = await look();
    if (await isWanted(seen)) return seen;
    if (performance.now() > deadline) assert.fail(`never seen as wanted: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
