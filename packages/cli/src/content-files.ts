import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type ContentFile, isTypeScript } from '@pawprint/detections';
import { CommandError, withFile } from './command-error.ts';

/** Files of detections, and which of them were asked for. */
export interface FoundContent {
  readonly files: readonly ContentFile[];
  /** Whether what this file describes is to be tested; the others are only there to be built on. */
  isChosen(path: string): boolean;
}

/** What detections share is found in these folders of the working directory, as Panther's tool looks for it. */
const sharedFolders = ['global_helpers', 'globals', 'data_models', 'lookup_tables'];

/**
 * Reads the detections under files and folders, with what lies beside a file and what detections share. A file in TypeScript counts if
 * it defines something.
 * @throws CommandError for a path that is not there.
 */
export async function readContentFiles(paths: readonly string[], directory: string): Promise<FoundContent> {
  const chosen: string[] = [];
  const names = new Set<string>();
  for (const path of paths) {
    const at = resolve(directory, path);
    const isFolder = (await withFile(path, () => stat(at))).isDirectory();
    chosen.push(at);
    for (const name of await filesIn(isFolder ? at : dirname(at), isFolder)) names.add(name);
  }
  for (const folder of sharedFolders) {
    for (const name of await filesIn(join(directory, folder), true).catch(() => [])) names.add(name);
  }
  const files: ContentFile[] = [];
  const add = async (name: string, isWanted: (text: string) => boolean) => {
    const text = await withFile(name, () => readFile(name, 'utf8'));
    if (isWanted(text)) files.push({ path: pathOf(name, directory), text });
  };
  const sorted = [...names].toSorted();
  for (const name of sorted.filter((each) => !isData(each))) await add(name, (text) => isContent(name, text));
  const tables = files.filter(({ text }) => /^\s*"?AnalysisType"?:\s*"?lookup_table/m.test(text));
  for (const name of sorted.filter(isData)) {
    if (tables.some(({ text }) => text.includes(basename(name)))) await add(name, () => true);
  }
  if (files.length === 0) throw new CommandError('usage', `There are no detections in ${paths.join(', ')}`);
  return {
    files,
    isChosen: (path) => {
      const at = resolve(directory, path);
      return chosen.some((each) => at === each || at.startsWith(each.endsWith(sep) ? each : each + sep));
    },
  };
}

function pathOf(name: string, directory: string): string {
  return relative(directory, name).split(sep).join('/');
}

async function filesIn(folder: string, deep: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && deep && !/^(\.|node_modules$)/.test(entry.name)) {
      found.push(...(await filesIn(path, true)));
    }
    if (entry.isFile() && /\.(ya?ml|json|jsonl|csv|py|ts)$/.test(entry.name)) found.push(path);
  }
  return found;
}

/** What may be the rows of a lookup table. */
function isData(name: string): boolean {
  return /\.(json|jsonl|csv)$/.test(name);
}

/** YAML of other programs lies about in many folders, too. */
function isContent(name: string, text: string): boolean {
  if (name.endsWith('.ts')) return isTypeScript(name) && /\bdefine(Rule|DataModel)\(/.test(text);
  return name.endsWith('.py') || /^\s*"?AnalysisType"?:/m.test(text);
}
