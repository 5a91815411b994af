import { DetectionError } from '../detection-error.ts';
import type { Definition, DetectionEngine } from '../engine.ts';
import type { ContentProblem } from './problem.ts';
import { type Content, type ContentFile, type ContentItem, readContent } from './read-content.ts';

/**
 * Reads content in every language: Panther's YAML with the Python beside it, and files in TypeScript, each of which defines a rule
 * or a data model. One bad file spoils no other.
 */
export async function readFiles(
  engine: Pick<DetectionEngine, 'readDefinition'>,
  files: readonly ContentFile[],
): Promise<Content> {
  const content = readContent(files);
  const problems: ContentProblem[] = [...content.problems];
  const items: ContentItem[] = [...content.items];
  const detections = [...content.detections];
  const dataModels = [...content.dataModels];
  const places = new Map(items.map(({ id, files: [{ path }] }) => [id, path]));
  for (const file of files.filter(({ path }) => isTypeScript(path))) {
    const definition = await define(engine, file, problems);
    if (definition === undefined) continue;
    const { id } = definition.kind === 'rule' ? definition.detection : definition.dataModel;
    const other = places.get(id);
    if (other !== undefined) {
      problems.push({
        path: file.path,
        field: 'id',
        message: `${id} is also the id of ${other}`,
        level: 'error',
      });
      continue;
    }
    places.set(id, file.path);
    items.push(itemOf(definition, file));
    if (definition.kind === 'rule') detections.push(definition.detection);
    else dataModels.push(definition.dataModel);
  }
  return { ...content, items, detections, dataModels, problems };
}

/** Files in TypeScript that may define something. */
export function isTypeScript(path: string): boolean {
  return /\.ts$/.test(path) && !/\.(test|d)\.ts$/.test(path);
}

async function define(
  engine: Pick<DetectionEngine, 'readDefinition'>,
  { path, text }: ContentFile,
  problems: ContentProblem[],
): Promise<Definition | undefined> {
  try {
    return await engine.readDefinition(path, text);
  } catch (error) {
    if (!(error instanceof DetectionError) || error.code !== 'invalid_content') throw error;
    const { field } = error;
    const message = error.message.replace(`${path}: ${field === '' ? '' : `${field} `}`, '');
    problems.push({ path, field, message, level: 'error' });
    return undefined;
  }
}

function itemOf(definition: Definition, file: ContentFile): ContentItem {
  if (definition.kind === 'datamodel') {
    const { id, enabled } = definition.dataModel;
    return { kind: 'datamodel', id, displayName: id, enabled, files: [file] };
  }
  const { kind, id, displayName = id, enabled } = definition.detection;
  return { kind, id, displayName, enabled, files: [file] };
}
