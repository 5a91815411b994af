import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataModel, Detection } from './content/detection.ts';
import type { DetectionEngine } from './engine.ts';

/** A folder of managed rules: a data model in `data-model.ts`, and a rule in each other file. */
export interface ManagedPack {
  readonly dataModel: DataModel;
  readonly rules: readonly Detection[];
}

/** Reads the rules that the product ships for its own audit log. @throws DetectionError `invalid_content` */
export async function readManagedPack(
  engine: DetectionEngine,
  directory: string = join(import.meta.dirname, '../../../rules/panther-audit'),
): Promise<ManagedPack> {
  const source = (name: string) => readFile(join(directory, name), 'utf8');
  const names = (await readdir(directory)).filter((name) => name !== modelFile && name.endsWith('.ts'));
  const rules: Detection[] = [];
  for (const name of names.toSorted()) rules.push(await engine.readRule(name, await source(name)));
  return { dataModel: await engine.readDataModel(modelFile, await source(modelFile)), rules };
}

const modelFile = 'data-model.ts';
