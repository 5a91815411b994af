import type { Content, ContentItem } from './read-content.ts';
import { isTypeScript } from './read-files.ts';
import type { Severity } from './schemas.ts';

/** What a list shows of something, besides what its columns hold. */
export interface ContentSummary {
  readonly language: 'python' | 'typescript' | 'yaml';
  readonly description: string;
  readonly severity: Severity | null;
  /** Log types, resource types or scheduled queries; of a data model its log type. */
  readonly sources: readonly string[];
  readonly tags: readonly string[];
  /** How many unit tests it has. */
  readonly tests: number;
}

/** Sums up an item of content that was read without an error. */
export function summaryOf(content: Content, { id, files }: ContentItem): ContentSummary {
  const language = isTypeScript(files[0].path)
    ? 'typescript'
    : files[1]?.path.endsWith('.py')
      ? 'python'
      : 'yaml';
  const detection = content.detections.find((each) => each.id === id);
  if (detection !== undefined) {
    const { description, severity, sources, tags, tests } = detection;
    return { language, description, severity, sources, tags, tests: tests.length };
  }
  const model = content.dataModels.find((each) => each.id === id);
  const spec: {
    readonly Description?: string | undefined;
    readonly Severity?: Severity | undefined;
    readonly Tags?: readonly string[] | undefined;
    readonly Tests?: readonly unknown[] | undefined;
  } = content.others.find((each) => each.id === id)?.spec ?? {};
  return {
    language,
    description: spec.Description ?? '',
    severity: spec.Severity ?? null,
    sources: model === undefined ? [] : [model.logType],
    tags: spec.Tags ?? [],
    tests: spec.Tests?.length ?? 0,
  };
}
