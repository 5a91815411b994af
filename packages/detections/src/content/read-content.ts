import { posix } from 'node:path';
import type { ZodError } from 'zod';
import { parseKeyPath } from '../expressions/key-path.ts';
import { readMatch, readSpecifier } from '../expressions/match-expression.ts';
import type { LookupTable } from '../lookups/lookup-table.ts';
import { readLookupRows } from '../lookups/read-lookup-rows.ts';
import type { DataModel, Detection, DetectionBody, DetectionTest, GlobalModule } from './detection.ts';
import { detectionDefaults } from './detection.ts';
import { type ContentProblem, fieldPath } from './problem.ts';
import { type AnalysisType, idKeys, type Spec, schemas } from './schemas.ts';
import { readYaml } from './yaml.ts';

/** A file of content: its path with forward slashes, relative to where the content lies, and its text. */
export interface ContentFile {
  readonly path: string;
  readonly text: string;
}

type OtherKind = Exclude<AnalysisType, 'rule' | 'scheduled_rule' | 'policy' | 'datamodel' | 'global'>;
/** Content that other parts of the product act on: checked, as it stands in its file. */
export type OtherContent = {
  [Kind in OtherKind]: { readonly path: string; readonly id: string; readonly spec: Spec<Kind> };
}[OtherKind];

/** One thing of the content with the files that it is written in: the one that describes it, then its code if it has any. */
export interface ContentItem {
  readonly kind: AnalysisType;
  readonly id: string;
  readonly displayName: string;
  readonly enabled: boolean;
  readonly files: readonly [ContentFile, ...ContentFile[]];
}

/** Everything that could be read. What has an error among `problems` is nowhere else. */
export interface Content {
  readonly items: readonly ContentItem[];
  readonly detections: readonly Detection[];
  readonly dataModels: readonly DataModel[];
  readonly globals: readonly GlobalModule[];
  /** Those whose rows are in a file. */
  readonly lookupTables: readonly LookupTable[];
  readonly others: readonly OtherContent[];
  readonly problems: readonly ContentProblem[];
}

type AnySpec = { [Kind in AnalysisType]: Spec<Kind> }[AnalysisType];
type DetectionSpec = Spec<'rule'> | Spec<'scheduled_rule'> | Spec<'policy'>;

interface ReadFile {
  readonly path: string;
  readonly id: string;
  readonly spec: AnySpec;
}

/**
 * Reads a folder of Panther content: YAML files of any kind and the Python beside them. One bad file spoils no other.
 * Other files are ignored unless a YAML file names them.
 */
export function readContent(files: Iterable<ContentFile>): Content {
  return new ContentReader(files).read();
}

class ContentReader {
  readonly #problems: ContentProblem[] = [];
  readonly #texts: ReadonlyMap<string, string>;

  constructor(files: Iterable<ContentFile>) {
    this.#texts = new Map([...files].map(({ path, text }) => [posix.normalize(path), text]));
  }

  read(): Content {
    const read = this.#unique(
      [...this.#texts]
        .filter(([path]) => /\.ya?ml$/.test(path))
        .flatMap(([path, text]) => this.#readFile(path, text) ?? []),
    );
    const own = (kind: string) => read.filter(({ spec }) => spec.AnalysisType === kind);
    const specs = new Map(
      ['rule', 'scheduled_rule', 'policy'].flatMap(own).map((file) => [file.id, file as DetectionFile]),
    );
    const known = new Set(read.filter(({ spec }) => spec.AnalysisType !== 'pack').map(({ id }) => id));
    for (const { path, spec } of read) {
      if (spec.AnalysisType === 'pack') this.#checkPack(path, spec, known);
    }
    const content = {
      detections: [...specs.values()].flatMap((file) => this.#detection(file, specs) ?? []),
      dataModels: this.#dataModels(read),
      globals: read.flatMap(({ path, spec }) => {
        if (spec.AnalysisType !== 'global') return [];
        const source = this.#code(path, spec.Filename);
        return source === undefined ? [] : [{ id: spec.GlobalID, source }];
      }),
      lookupTables: read.flatMap(({ path, spec }) =>
        spec.AnalysisType === 'lookup_table' ? (this.#lookupTable(path, spec) ?? []) : [],
      ),
      others: read.filter((file): file is ReadFile & OtherContent => !(file.spec.AnalysisType in runnable)),
      problems: this.#problems,
    };
    const wrong = new Set(this.#problems.flatMap(({ level, path }) => (level === 'error' ? [path] : [])));
    return { items: read.filter(({ path }) => !wrong.has(path)).map((file) => this.#item(file)), ...content };
  }

  #item({ path, id, spec }: ReadFile): ContentItem {
    const given = spec as { readonly [Key in 'DisplayName' | 'Filename']?: string } & {
      readonly Enabled?: boolean;
    };
    const at = given.Filename === undefined ? path : besides(path, given.Filename);
    const text = (name: string) => this.#texts.get(name);
    const code = at === path ? undefined : text(at);
    return {
      kind: spec.AnalysisType,
      id,
      displayName: given.DisplayName ?? id,
      enabled: given.Enabled ?? true,
      files: [{ path, text: text(path) ?? '' }, ...(code === undefined ? [] : [{ path: at, text: code }])],
    };
  }

  #problem(
    path: string,
    field: string,
    message: string,
    level: ContentProblem['level'] = 'error',
  ): undefined {
    this.#problems.push({ path, field, message, level });
  }

  #readFile(path: string, text: string): ReadFile | undefined {
    let raw: unknown;
    try {
      raw = readYaml(text);
    } catch (error) {
      return this.#problem(path, '', `is not YAML: ${error instanceof Error ? error.message : error}`);
    }
    if (typeof raw !== 'object' || raw === null || !('AnalysisType' in raw)) {
      return this.#problem(path, 'AnalysisType', 'is required');
    }
    const kind = raw.AnalysisType;
    if (typeof kind !== 'string' || !Object.hasOwn(schemas, kind)) {
      return this.#problem(path, 'AnalysisType', `${kind} is none of ${Object.keys(schemas).join(', ')}`);
    }
    const schema = schemas[kind as AnalysisType];
    const parsed = schema.safeParse(raw);
    for (const key of Object.keys(raw)) {
      if (!(key in schema.shape)) {
        this.#problem(path, key, `is not a field of a ${kind} and has no effect`, 'warning');
      }
    }
    if (!parsed.success) return this.#issues(path, parsed.error);
    const spec = parsed.data as AnySpec;
    return { path, id: String((spec as Readonly<Record<string, unknown>>)[idKeys[spec.AnalysisType]]), spec };
  }

  #issues(path: string, error: ZodError): undefined {
    for (const issue of error.issues) {
      const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
      this.#problem(path, fieldPath(issue.path), missing ? 'is required' : issue.message);
    }
  }

  /** Rules, policies, data models and so on share one space of ids, as packs name them. */
  #unique(files: readonly ReadFile[]): readonly ReadFile[] {
    const first = new Map<string, string>();
    return files.filter(({ path, id, spec }) => {
      const other = first.get(id);
      if (other !== undefined) {
        this.#problem(path, idKeys[spec.AnalysisType], `${id} is also the id of ${other}`);
      }
      first.set(id, other ?? path);
      return other === undefined;
    });
  }

  #checkPack(path: string, spec: Spec<'pack'>, known: ReadonlySet<string>): void {
    for (const [index, id] of spec.PackDefinition.IDs.entries()) {
      if (!known.has(id)) {
        this.#problem(path, `PackDefinition.IDs[${index}]`, `there is no ${id}`, 'warning');
      }
    }
  }

  #detection(file: DetectionFile, all: ReadonlyMap<string, DetectionFile>): Detection | undefined {
    const { path, spec, id } = file;
    const base = this.#base(file, all);
    if (base === 'missing') return undefined;
    const merged: DetectionSpec = base === undefined ? spec : { ...base.spec, ...spec };
    if (merged.Severity === undefined) return this.#problem(path, 'Severity', 'is required');
    const sources = sourcesOf(merged);
    if (sources === undefined) {
      const field = merged.AnalysisType === 'rule' ? 'LogTypes' : 'ScheduledQueries';
      return this.#problem(path, field, 'is required');
    }
    const body = this.#body(base?.path ?? path, base?.spec ?? spec);
    if (body === undefined || !this.#checkFilters(path, merged.InlineFilters)) return undefined;
    return {
      kind: merged.AnalysisType,
      id,
      body,
      enabled: merged.Enabled ?? true,
      sources,
      severity: merged.Severity,
      ...(merged.DisplayName !== undefined && { displayName: merged.DisplayName }),
      description: merged.Description ?? '',
      reference: merged.Reference ?? '',
      runbook: merged.Runbook ?? '',
      tags: merged.Tags ?? [],
      reports: merged.Reports ?? {},
      outputIds: merged.OutputIds ?? [],
      summaryAttributes: merged.SummaryAttributes ?? [],
      threshold: merged.Threshold ?? detectionDefaults.threshold,
      dedupPeriodMinutes: Math.max(
        merged.DedupPeriodMinutes ?? detectionDefaults.dedupPeriodMinutes,
        detectionDefaults.dedupPeriodMinutesMin,
      ),
      createAlert: merged.CreateAlert ?? true,
      ...(merged.InlineFilters !== undefined && { inlineFilters: merged.InlineFilters }),
      tests: (merged.Tests ?? []).map(
        (test): DetectionTest => ({
          name: test.Name,
          expectedResult: test.ExpectedResult,
          event: test.Log ?? test.Resource,
          mocks: test.Mocks ?? [],
        }),
      ),
      ...('BaseDetection' in spec &&
        spec.BaseDetection !== undefined && { baseDetection: spec.BaseDetection }),
    };
  }

  /** The detection that a derived one takes its body and its missing fields from; it can't be derived itself. */
  #base(
    { path, spec }: DetectionFile,
    all: ReadonlyMap<string, DetectionFile>,
  ): DetectionFile | undefined | 'missing' {
    if (!('BaseDetection' in spec) || spec.BaseDetection === undefined) return undefined;
    const base = all.get(spec.BaseDetection);
    const problem =
      base === undefined
        ? `there is no ${spec.BaseDetection}`
        : base.spec.AnalysisType !== spec.AnalysisType
          ? `${spec.BaseDetection} is a ${base.spec.AnalysisType}`
          : 'BaseDetection' in base.spec && base.spec.BaseDetection !== undefined
            ? `${spec.BaseDetection} is derived itself`
            : undefined;
    if (base === undefined || problem !== undefined) {
      this.#problem(path, 'BaseDetection', problem ?? '');
      return 'missing';
    }
    for (const own of ['Filename', 'Detection'] as const) {
      if (own in spec) this.#problem(path, own, 'has no effect: it comes from BaseDetection', 'warning');
    }
    return base;
  }

  #body(path: string, spec: DetectionSpec): DetectionBody | undefined {
    if ('Detection' in spec && spec.Detection !== undefined) {
      return this.#simpleBody(path, spec);
    }
    if (spec.Filename === undefined) {
      return this.#problem(path, 'Filename', 'is required, or Detection');
    }
    const source = this.#code(path, spec.Filename);
    return source === undefined
      ? undefined
      : { language: 'python', fileName: posix.basename(spec.Filename), source };
  }

  #simpleBody(path: string, spec: Spec<'rule'> | Spec<'scheduled_rule'>): DetectionBody | undefined {
    if (spec.Filename !== undefined) {
      return this.#problem(path, 'Detection', 'stands beside Filename: give one of them');
    }
    const { problems } = readMatch(spec.Detection, { field: 'Detection' });
    const more = [
      ...(spec.AlertContext ?? []).flatMap(
        ({ KeyValue }, index) => readSpecifier(KeyValue, `AlertContext[${index}].KeyValue`).problems,
      ),
      ...(spec.GroupBy ?? []).flatMap((key, index) => readSpecifier(key, `GroupBy[${index}]`).problems),
      ...(spec.DynamicSeverities ?? []).flatMap(
        ({ Conditions }, index) =>
          readMatch(Conditions, { field: `DynamicSeverities[${index}].Conditions` }).problems,
      ),
    ];
    for (const { field, message } of [...problems, ...more]) this.#problem(path, field, message);
    if (problems.length + more.length > 0) return undefined;
    return {
      language: 'expressions',
      detection: spec.Detection,
      ...(spec.AlertTitle !== undefined && { alertTitle: spec.AlertTitle }),
      ...(spec.AlertContext !== undefined && { alertContext: spec.AlertContext }),
      ...(spec.GroupBy !== undefined && { groupBy: spec.GroupBy }),
      ...(spec.DynamicSeverities !== undefined && { dynamicSeverities: spec.DynamicSeverities }),
    };
  }

  #checkFilters(path: string, filters: unknown): boolean {
    if (filters === undefined) return true;
    const { problems } = readMatch(filters, { field: 'InlineFilters', inlineFilter: true });
    for (const { field, message } of problems) this.#problem(path, field, message);
    return problems.length === 0;
  }

  #dataModels(files: readonly ReadFile[]): readonly DataModel[] {
    const enabled = new Map<string, string>();
    return files.flatMap(({ path, id, spec }) => {
      if (spec.AnalysisType !== 'datamodel') return [];
      const [logType = ''] = spec.LogTypes;
      const isEnabled = spec.Enabled ?? true;
      const other = enabled.get(logType);
      if (isEnabled && other !== undefined) {
        this.#problem(path, 'LogTypes', `${logType} already has the enabled data model ${other}`);
        return [];
      }
      if (isEnabled) enabled.set(logType, id);
      const code = spec.Filename === undefined ? undefined : this.#code(path, spec.Filename);
      if (spec.Filename !== undefined && code === undefined) return [];
      const wrong = spec.Mappings.findIndex(
        ({ Path, Method }) =>
          (Path !== undefined && parseKeyPath(Path) === undefined) ||
          (Method !== undefined && code === undefined),
      );
      if (wrong >= 0) {
        const { Path, Method } = spec.Mappings[wrong] ?? {};
        const field = `Mappings[${wrong}].${Path === undefined ? 'Method' : 'Path'}`;
        this.#problem(
          path,
          field,
          Path === undefined ? `${Method} needs a Filename` : `cannot follow ${Path}`,
        );
        return [];
      }
      return [
        {
          id,
          logType,
          enabled: isEnabled,
          mappings: spec.Mappings.map(({ Name, Path, Method }) =>
            Path === undefined ? { name: Name, method: Method ?? '' } : { name: Name, path: Path },
          ),
          ...(code !== undefined && { code: { language: 'python', source: code } as const }),
        },
      ];
    });
  }

  #lookupTable(path: string, spec: Spec<'lookup_table'>): LookupTable | undefined {
    const { LookupName: id, Filename, Enabled = true, LogTypeMap } = spec;
    if (Filename === undefined) {
      const [field, message] =
        spec.Refresh === undefined
          ? (['Filename', 'is required: rows are read from a file beside this one'] as const)
          : (['Refresh', 'is not done here: give the rows in a file beside this one, as Filename'] as const);
      return this.#problem(path, field, message, Enabled ? 'error' : 'warning');
    }
    if (spec.Refresh !== undefined) this.#problem(path, 'Refresh', 'is not done here', 'warning');
    const text = this.#code(path, Filename);
    const selectors = (LogTypeMap.AssociatedLogTypes ?? []).flatMap(({ LogType, Selectors }) =>
      Selectors.map((selector) => ({ logType: LogType, selector })),
    );
    const wrong = selectors.filter(({ selector }) => parseKeyPath(selector) === undefined);
    for (const { logType, selector } of wrong) {
      this.#problem(path, 'LogTypeMap.AssociatedLogTypes', `cannot follow ${selector} of ${logType}`);
    }
    if (text === undefined || wrong.length > 0) return undefined;
    const { rows, problems } = readLookupRows(Filename, text, LogTypeMap.PrimaryKey);
    for (const problem of problems) this.#problem(path, 'Filename', `${besides(path, Filename)}: ${problem}`);
    return problems.length > 0 ? undefined : { id, selectors, rows };
  }

  /** The text of the file beside a YAML file. */
  #code(path: string, fileName: string): string | undefined {
    const at = besides(path, fileName);
    const source = this.#texts.get(at);
    if (source === undefined) return this.#problem(path, 'Filename', `there is no file ${at}`);
    return source;
  }
}

/** The path of a file that a YAML file names. */
function besides(path: string, fileName: string): string {
  return posix.join(posix.dirname(path), fileName);
}

interface DetectionFile extends ReadFile {
  readonly spec: DetectionSpec;
}

const runnable = { rule: 1, scheduled_rule: 1, policy: 1, datamodel: 1, global: 1 };

function sourcesOf(spec: DetectionSpec): readonly string[] | undefined {
  if (spec.AnalysisType === 'policy') return spec.ResourceTypes ?? [];
  return spec.AnalysisType === 'rule' ? spec.LogTypes : spec.ScheduledQueries;
}
