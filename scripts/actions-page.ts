import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ActionEntry, actions, auditRecordSchema } from '../packages/record/src/index.ts';

const page = fileURLToPath(new URL('../docs/actions.md', import.meta.url));

/** The Markdown page of docs/actions.md: the fields of a record, then every action by area. */
export function actionsPage(): string {
  return [
    '# Audit records and actions',
    '<!-- Generated from the catalogue in packages/record by `node scripts/actions-page.ts`. Do not edit. -->',
    intro,
    '## The fields of a record',
    fieldTable(),
    '## The actions',
    actionsIntro(),
    ...areaSections(),
  ]
    .join('\n\n')
    .concat('\n');
}

const intro = `Whatever anyone does in a Pawprint instance, through the console, the API or a bot, leaves one audit record for each
action: reads as well as changes, and attempts that were refused or failed as well as those that worked. A request
that asks for three things leaves three records. The instance's own doings, such as starting, are recorded too.
What leaves none: disabling the audit log as a log source, fetching the console's own static files, health checks, and
reading the ledger's checkpoint, public key and hash tiles, which hold only hashes. Reading its entries leaves one.

Records have the log type \`Panther.Audit\`. With the audit log enabled as a log source they are rows of the table
\`panther_logs.public.panther_audit\`, where the data lake adds its usual \`p_\` fields. Passwords, token values and
uploaded archives never stand in a record: a secret reads \`(redacted)\`, and a value that is too large to keep is
replaced by its SHA-256 and its length in bytes, as \`{"sha256": "…", "bytes": 20480}\`.`;

function fieldTable(): string {
  const rows = Object.entries(auditRecordSchema.shape).map(([name, field]) => [
    `\`${name}\``,
    field.safeParse(undefined).success ? '' : 'yes',
    field.description ?? '',
  ]);
  return table(['Field', 'Required', 'Meaning'], rows);
}

function actionsIntro(): string {
  const published = Object.values(actions).filter(({ origin }) => origin === 'published').length;
  const ours = Object.values(actions).length - published;
  return `There are ${published + ours} names. The ${published} marked *published* are those that every source of \`Panther.Audit\` records shares, so
detections written for them work here; not every feature they name exists in this product yet. The ${ours} marked
*ours* follow the same style where no published name fits.`;
}

function areaSections(): string[] {
  const areas = Map.groupBy(Object.entries<ActionEntry>(actions), ([, { area }]) => area);
  return [...areas].flatMap(([area, entries]) => [`### ${area}`, areaTable(entries)]);
}

function areaTable(entries: readonly [name: string, entry: ActionEntry][]): string {
  const rows = entries.map(([name, { meaning, origin }]) => [
    `\`${name}\``,
    meaning,
    origin === 'published' ? 'published' : 'ours',
  ]);
  return table(['Action', 'Meaning', 'Name'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

async function main(args: readonly string[]): Promise<void> {
  if (!args.includes('--check')) return writeFile(page, actionsPage());
  const current = await readFile(page, 'utf8').catch(() => '');
  if (current === actionsPage()) return;
  console.error('docs/actions.md is not current; run: node scripts/actions-page.ts');
  process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.slice(2));
