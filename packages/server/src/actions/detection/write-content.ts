import type {
  CheckedContent,
  CheckOptions,
  ContentFile,
  ContentItem,
  ContentProblem,
} from '@pawprint/detections';
import { describeProblem, isTypeScript, summaryOf } from '@pawprint/detections';
import type { Rows, Transactor } from '../../store/store.ts';
import type { DetectionContentRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { actorReference, type Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { filesOf } from './detection.ts';
import { runnableKinds } from './detection-kinds.ts';

/** Where what is kept stands while it is checked together with something new; no upload can hold such a path. */
const keptFolder = '\x01kept';

/**
 * Checks new content beside what it may build on: the data models, modules and lookup tables that are kept, and the detections it derives
 * from.
 * @returns items and problems of the new content alone.
 */
export async function checkBesideKept(
  rows: Rows,
  services: Pick<Services, 'contentChecker'>,
  files: readonly ContentFile[],
  options?: CheckOptions,
): Promise<CheckedContent> {
  const kept = await keptFor(rows, files);
  const content = await services.contentChecker.check([...kept, ...files], options);
  const isNew = (path: string) => !path.startsWith(keptFolder);
  return {
    ...content,
    items: content.items.filter(({ files: [{ path }] }) => isNew(path)),
    problems: content.problems.filter(({ path }) => isNew(path)),
  };
}

async function keptFor(rows: Rows, files: readonly ContentFile[]): Promise<readonly ContentFile[]> {
  const bases = [
    ...new Set(files.flatMap(({ text }) => [...text.matchAll(basePattern)].map(([, id]) => id ?? ''))),
  ];
  const ids = new Set(files.flatMap(({ text }) => [...text.matchAll(idPattern)].map(([, id]) => id ?? '')));
  const found = await rows
    .selectFrom('detection_content')
    .select(['kind', 'id', 'files'])
    .where((where) =>
      where.or([
        where('kind', '=', 'global'),
        where.and([where('kind', 'in', ['datamodel', 'lookup_table']), where('enabled', '=', 1)]),
        ...(bases.length > 0 ? [where('id', 'in', bases)] : []),
      ]),
    )
    .execute();
  // Starting Python for its modules would be for nothing where all is TypeScript.
  const mayMeetPython = files.some(({ path }) => !isTypeScript(path));
  return found
    .filter(({ id }) => !ids.has(id))
    .map((row) => ({ ...row, files: filesOf(row) }))
    .filter(
      ({ kind, files: [file] }) => mayMeetPython || kind === 'lookup_table' || isTypeScript(file?.path ?? ''),
    )
    .flatMap(({ files: kept }, at) =>
      kept.map(({ path, text }) => ({ path: `${keptFolder}/${at}/${path}`, text })),
    );
}

// Only what to fetch is found so; that too much is does no harm.
const basePattern = /^"?BaseDetection"?:\s*["']?([^"'\n#]*[^"'\n#\s])/gm;
const idPattern =
  /^\s*"?(?:(?:Rule|Policy|Global|DataModel)ID|LookupName|id)"?:\s*["']?([^"'\n#,]*[^"'\n#,\s])/gm;

/** @throws ActionError INVALID_INPUT that tells of each error, if there is one. */
export function requireSound({ problems }: Pick<CheckedContent, 'problems'>, field: string): void {
  const errors = problems.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw invalidContent(errors, field);
}

function invalidContent(errors: readonly ContentProblem[], field: string): ActionError {
  const [first = '', ...more] = errors.map(describeProblem);
  const message = more.length === 0 ? first : `${first} (and ${more.length} more)`;
  return new ActionError('INVALID_INPUT', message, {
    field,
    parts: [first, ...more].slice(0, recordedProblemsMax),
    members: { problems: errors.slice(0, toldProblemsMax) },
  });
}

const recordedProblemsMax = 20;
const toldProblemsMax = 500;

/** How something came out of being written, with its rows before and after. */
export interface Written {
  readonly change: 'new' | 'modified' | 'unchanged';
  readonly before: DetectionContentRow | undefined;
  readonly after: DetectionContentRow;
}

export interface Writing {
  readonly transactor: Transactor;
  readonly caller: Caller;
  readonly now: string;
}

/**
 * Keeps an item of content. Other texts than before make a new version.
 * @throws ActionError CONFLICT for what is managed; ALREADY_EXISTS where another kind has the id.
 */
export async function writeItem(
  { transactor, caller, now }: Writing,
  content: CheckedContent,
  item: ContentItem,
  { enabled = item.enabled, field }: { readonly enabled?: boolean | undefined; readonly field: string },
): Promise<Written> {
  const { kind, id, displayName } = item;
  const before = await rowToReplace(transactor, item, field);
  const files = JSON.stringify(item.files);
  const flag = enabled ? 1 : 0;
  if (before?.files === files && before.enabled === flag)
    return { change: 'unchanged', before, after: before };
  const by = actorReference(caller);
  const version = before?.files === files ? before.version : (await lastVersion(transactor, kind, id)) + 1;
  const after: DetectionContentRow = {
    kind,
    id,
    display_name: displayName,
    enabled: flag,
    version,
    files,
    summary: JSON.stringify(summaryOf(content, item)),
    managed: 0,
    created_at: before?.created_at ?? now,
    created_by: before === undefined ? by : before.created_by,
    updated_at: now,
    updated_by: by,
  };
  await transactor.deleteFrom('detection_content').where('kind', '=', kind).where('id', '=', id).execute();
  await transactor.insertInto('detection_content').values(after).execute();
  if (version !== before?.version) {
    await transactor
      .insertInto('detection_versions')
      .values({ kind, id, version, files, created_at: now, created_by: by })
      .execute();
  }
  return { change: before === undefined ? 'new' : 'modified', before, after };
}

async function rowToReplace(
  rows: Rows,
  { kind, id }: ContentItem,
  field: string,
): Promise<DetectionContentRow | undefined> {
  const space = runnableKinds.includes(kind) ? runnableKinds : [kind];
  const row = await rows
    .selectFrom('detection_content')
    .selectAll()
    .where('id', '=', id)
    .where('kind', 'in', space)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.managed === 1) throw managed(id, field);
  if (row.kind !== kind) {
    throw new ActionError('ALREADY_EXISTS', `${id} is already the id of a ${row.kind}`, { field });
  }
  return row;
}

export function managed(id: string, field: string): ActionError {
  return new ActionError(
    'CONFLICT',
    `${id} is managed: it can be turned on or off, or copied under another id`,
    {
      field,
    },
  );
}

/** Versions outlive what was deleted, so that alerts always tell by which text they were raised. */
async function lastVersion(rows: Rows, kind: string, id: string): Promise<number> {
  const row = await rows
    .selectFrom('detection_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}
