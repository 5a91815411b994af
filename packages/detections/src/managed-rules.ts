import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContentSummary } from './content/content-summary.ts';
import type { DataModel, Detection } from './content/detection.ts';
import type { DetectionEngine } from './engine.ts';

/** A folder of managed rules: a data model in `data-model.ts`, and a rule in each other file. */
export interface ManagedPack {
  readonly dataModel: DataModel;
  readonly rules: readonly Detection[];
}

/** One file of the managed rules, and what it is. */
export interface ManagedFile {
  readonly kind: 'rule' | 'datamodel';
  readonly id: string;
  readonly displayName: string;
  readonly summary: ContentSummary;
  readonly name: string;
  readonly text: string;
}

/** The files of the managed rules. They are our own code, so reading them needs no sandbox. */
export async function readManagedFiles(): Promise<readonly ManagedFile[]> {
  const names = (await readdir(managedDirectory)).filter((name) => name.endsWith('.ts'));
  return Promise.all(
    names.toSorted().map(async (name): Promise<ManagedFile> => {
      const path = join(managedDirectory, name);
      const { default: definition } = await import(pathToFileURL(path).href);
      return {
        kind: name === modelFile ? 'datamodel' : 'rule',
        id: definition.id,
        displayName: definition.displayName ?? definition.id,
        summary: {
          language: 'typescript',
          description: definition.defaultDescription ?? '',
          severity: definition.defaultSeverity ?? null,
          sources: definition.logTypes,
          tags: definition.tags ?? [],
          tests: definition.tests?.length ?? 0,
        },
        name,
        text: await readFile(path, 'utf8'),
      };
    }),
  );
}

/** Reads the rules that the product ships for its own audit log. @throws DetectionError `invalid_content` */
export async function readManagedPack(
  engine: DetectionEngine,
  directory: string = managedDirectory,
): Promise<ManagedPack> {
  const source = (name: string) => readFile(join(directory, name), 'utf8');
  const names = (await readdir(directory)).filter((name) => name !== modelFile && name.endsWith('.ts'));
  const rules: Detection[] = [];
  for (const name of names.toSorted()) rules.push(await engine.readRule(name, await source(name)));
  return { dataModel: await engine.readDataModel(modelFile, await source(modelFile)), rules };
}

const managedDirectory = join(import.meta.dirname, '../../../rules/panther-audit');
const modelFile = 'data-model.ts';
