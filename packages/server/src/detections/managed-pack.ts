import type { ManagedFile } from '@pawprint/detections';
import type { Rows, Transactor } from '../store/store.ts';
import type { DetectionContentRow } from '../store/tables.ts';

/** The pack of rules for the audit log that ships with the product, as records name it. */
export const managedPackId = 'Pawprint.Audit';

/** What brings the managed content to what ships with this version. Ids of each. */
export interface PackChange {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
}

/** What `installManagedPack` would do; undefined for nothing. */
export async function managedPackChange(
  rows: Rows,
  files: readonly ManagedFile[],
): Promise<PackChange | undefined> {
  const present = new Map((await allContent(rows)).map((row) => [keyOf(row), row]));
  const shipped = new Set(files.map(keyOf));
  const change: PackChange = {
    added: files.filter((file) => !present.has(keyOf(file))).map(({ id }) => id),
    updated: files.filter((file) => isOutdated(present.get(keyOf(file)), file)).map(({ id }) => id),
    removed: [...present.values()]
      .filter((row) => row.managed === 1 && !shipped.has(keyOf(row)))
      .map(({ id }) => id),
  };
  return Object.values(change).every((ids) => ids.length === 0) ? undefined : change;
}

/**
 * Makes the managed rules, all of them on, or brings them to what ships with this version; what is on stays on, and what is off off.
 * Content of others that has the same id is left alone.
 */
export async function installManagedPack(
  transactor: Transactor,
  files: readonly ManagedFile[],
  now: string,
): Promise<PackChange | undefined> {
  const change = await managedPackChange(transactor, files);
  if (change === undefined) return undefined;
  const { added, updated, removed } = change;
  for (const file of files) {
    if (added.includes(file.id) || updated.includes(file.id)) await storeVersion(transactor, file, now);
  }
  if (removed.length > 0) {
    await transactor
      .deleteFrom('detection_content')
      .where('managed', '=', 1)
      .where('id', 'in', [...removed])
      .execute();
  }
  return change;
}

/** The file as the next version of the content, which is on where it was not there. */
async function storeVersion(transactor: Transactor, file: ManagedFile, now: string): Promise<void> {
  const { kind, id, displayName } = file;
  const summary = JSON.stringify(file.summary);
  const last = await transactor
    .selectFrom('detection_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst();
  const version = (last?.version ?? 0) + 1;
  const files = filesOf(file);
  const changed = { display_name: displayName, version, files, summary, updated_at: now, updated_by: null };
  const made = { kind, id, created_at: now, created_by: null };
  await transactor
    .insertInto('detection_content')
    .values({ ...made, ...changed, enabled: 1, managed: 1 })
    .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet(changed))
    .execute();
  await transactor
    .insertInto('detection_versions')
    .values({ ...made, version, files })
    .execute();
}

function allContent(rows: Rows): Promise<DetectionContentRow[]> {
  return rows.selectFrom('detection_content').selectAll().execute();
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}

function filesOf({ name, text }: ManagedFile): string {
  return JSON.stringify([{ path: name, text }]);
}

function isOutdated(row: DetectionContentRow | undefined, file: ManagedFile): boolean {
  return row?.managed === 1 && (row.files !== filesOf(file) || row.summary !== JSON.stringify(file.summary));
}
