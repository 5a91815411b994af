import {
  type ContentFile,
  type CorrelationSpec,
  type DataModel,
  type Detection,
  type DetectionEngine,
  DetectionError,
  describeProblem,
  detectionDefaults,
  type EngineContent,
  readContent,
  type Spec,
} from '@pawprint/detections';
import type { Reader } from '../store/store.ts';
import type { DetectionContentRow } from '../store/tables.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { alertsPerHourMax, type Limits, readLimits, stopsMax } from './detection-limits.ts';

/** What decides how matches are grouped and told. */
export type GroupedDetection = Pick<
  Detection,
  | 'id'
  | 'displayName'
  | 'severity'
  | 'description'
  | 'reference'
  | 'runbook'
  | 'tags'
  | 'reports'
  | 'outputIds'
  | 'threshold'
  | 'dedupPeriodMinutes'
  | 'createAlert'
>;

/** Something that makes matches, and which version of it. */
export interface Running {
  readonly detection: GroupedDetection;
  readonly version: number;
  /** When it was changed or switched last, RFC 3339. */
  readonly updatedAt: string;
}

/** A detection that the engine runs. */
export interface RunningDetection extends Running {
  readonly detection: Detection;
}

/** A correlation rule, and what it looks for. */
export interface RunningCorrelation extends Running {
  readonly spec: CorrelationSpec;
}

export interface LoadedDetectionsOptions {
  readonly reader: Reader;
  readonly engine: Pick<DetectionEngine, 'put' | 'remove' | 'setContent' | 'readRule' | 'readDataModel'>;
  readonly systemErrors: Pick<SystemErrors, 'report' | 'resolve'>;
}

/** What can be wrong with a detection that is enabled. */
type ProblemKind = 'detection' | 'detection_alert_limit';
type Problems = Readonly<Record<ProblemKind, Map<string, string>>>;

/** Keeps in an engine what is enabled in the store. */
export class LoadedDetections {
  readonly #options: LoadedDetectionsOptions;
  #running: ReadonlyMap<string, RunningDetection> = new Map();
  /** What was read of files in TypeScript, which takes a sandbox, by their text. */
  #readSources: ReadonlyMap<string, Detection | DataModel> = new Map();
  #correlations: readonly RunningCorrelation[] = [];
  #surroundings = '';
  #isStale = true;

  constructor(options: LoadedDetectionsOptions) {
    this.#options = options;
  }

  /** The content in the store may have changed. */
  changed(): void {
    this.#isStale = true;
  }

  get(id: string): RunningDetection | undefined {
    return this.#running.get(id);
  }

  get correlations(): readonly RunningCorrelation[] {
    return this.#correlations;
  }

  /** Rules whose matches are correlated. */
  get correlatedRules(): ReadonlySet<string> {
    const steps = this.#correlations.flatMap(({ spec }) => spec.Sequence ?? spec.Group ?? []);
    return new Set(steps.map(({ RuleID }) => RuleID));
  }

  /** Brings the engine to what is in the store, if that may have changed. */
  async refresh(): Promise<void> {
    if (!this.#isStale) return;
    this.#isStale = false;
    try {
      await this.#load();
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  async #load(): Promise<void> {
    const { reader, engine } = this.#options;
    const rows = await reader.selectFrom('detection_content').selectAll().orderBy('id').execute();
    const problems: Problems = { detection: new Map(), detection_alert_limit: new Map() };
    const { detections: enabled, correlations, content } = await this.#read(rows, problems.detection);
    const limits = await readLimits(reader, rows);
    const detections = heldBack(enabled, limits, problems);
    this.#correlations = heldBack(correlations, limits, problems);
    const surroundings = JSON.stringify(content);
    if (surroundings !== this.#surroundings) {
      await engine.setContent(content);
      this.#surroundings = surroundings;
    }
    const wanted = new Map(detections.map((each) => [each.detection.id, each]));
    await engine.remove([...this.#running.keys()].filter((id) => !wanted.has(id)));
    const changed = detections.filter((each) => !isSame(each, this.#running.get(each.detection.id)));
    for (const [id, problem] of await engine.put(changed.map(({ detection }) => detection))) {
      wanted.delete(id);
      problems.detection.set(id, problem);
    }
    this.#running = wanted;
    for (const kind of ['detection', 'detection_alert_limit'] as const)
      await this.#tell(kind, problems[kind]);
  }

  /** Reports what is wrong, and resolves what was reported and is not any longer. */
  async #tell(kind: ProblemKind, problems: ReadonlyMap<string, string>): Promise<void> {
    const { reader, systemErrors } = this.#options;
    const reported = await reader
      .selectFrom('system_errors')
      .select('subject')
      .where('kind', '=', kind)
      .where('resolved_at', 'is', null)
      .execute();
    for (const { subject } of reported) if (!problems.has(subject)) systemErrors.resolve({ kind, subject });
    for (const [subject, message] of problems) {
      const text = kind === 'detection' ? `The detection ${subject} does not run: ${message}` : message;
      systemErrors.report({ kind, subject }, text);
    }
  }

  async #read(
    rows: readonly DetectionContentRow[],
    notRead: Map<string, string>,
  ): Promise<{
    readonly detections: readonly RunningDetection[];
    readonly correlations: readonly RunningCorrelation[];
    readonly content: EngineContent;
  }> {
    const enabled = new Map(rows.filter(isEnabled).map((row) => [keyOf(row.kind, row.id), row]));
    const typescript = await this.#readTypeScript(rows.filter(isEnabled), notRead);
    const files = rows.flatMap((row) => filesOf(row).filter(({ path }) => !isTypeScript(path)));
    const { detections, dataModels, globals, lookupTables, others, problems } = readContent(files);
    for (const problem of problems) {
      const row = rows.find(({ kind, id }) => problem.path.startsWith(folderOf(kind, id)));
      if (row?.enabled === 1 && problem.level === 'error') notRead.set(row.id, describeProblem(problem));
    }
    const isOn = (kind: string, id: string) => enabled.has(keyOf(kind, id));
    return {
      detections: [...typescript.detections, ...detections].flatMap((detection) => {
        const row = enabled.get(keyOf(detection.kind, detection.id));
        if (row === undefined) return [];
        const { version, updated_at: updatedAt } = row;
        return [{ detection: { ...detection, enabled: true }, version, updatedAt }];
      }),
      correlations: others.flatMap(({ id, spec }) => {
        const row = enabled.get(keyOf(spec.AnalysisType, id));
        return spec.AnalysisType !== 'correlation_rule' || row === undefined ? [] : correlationOf(spec, row);
      }),
      content: {
        dataModels: [...typescript.dataModels, ...dataModels].filter(({ id }) => isOn('datamodel', id)),
        globals: globals.filter(({ id }) => isOn('global', id)),
        lookupTables: lookupTables.filter(({ id }) => isOn('lookup_table', id)),
      },
    };
  }

  async #readTypeScript(rows: readonly DetectionContentRow[], notRead: Map<string, string>) {
    const { engine } = this.#options;
    const detections: Detection[] = [];
    const dataModels: DataModel[] = [];
    const read = new Map<string, Detection | DataModel>();
    for (const { kind, id, files } of rows) {
      const file = (JSON.parse(files) as readonly ContentFile[]).find(({ path }) => isTypeScript(path));
      if (file === undefined) continue;
      const key = JSON.stringify([kind, file]);
      try {
        const known = this.#readSources.get(key);
        if (kind === 'datamodel') {
          const model = (known as DataModel) ?? (await engine.readDataModel(file.path, file.text));
          dataModels.push(model);
          read.set(key, model);
        } else {
          const detection = (known as Detection) ?? (await engine.readRule(file.path, file.text));
          detections.push(detection);
          read.set(key, detection);
        }
      } catch (error) {
        if (!(error instanceof DetectionError) || error.code !== 'invalid_content') throw error;
        notRead.set(id, error.message);
      }
    }
    this.#readSources = read;
    return { detections, dataModels };
  }
}

/** Those that may run, with what they may do; why the others may not is added to the problems. */
function heldBack<Each extends Running>(
  enabled: readonly Each[],
  limits: ReadonlyMap<string, Limits>,
  problems: Problems,
): readonly Each[] {
  return enabled.flatMap((running) => {
    const { id } = running.detection;
    const { stops = 0, last_stop: reason, alerts_off_at: alertsOffAt } = limits.get(id) ?? {};
    if (stops >= stopsMax) {
      problems.detection.set(id, `it was stopped ${stops} times: ${reason}. ${untilChanged}`);
      return [];
    }
    if (alertsOffAt == null) return [running];
    const message = `The detection ${id} made more than ${alertsPerHourMax} alerts in an hour: its matches are signals only. ${untilChanged}`;
    problems.detection_alert_limit.set(id, message);
    return [{ ...running, detection: { ...running.detection, createAlert: false } }];
  });
}

function correlationOf(
  rule: Spec<'correlation_rule'>,
  { version, updated_at: updatedAt }: DetectionContentRow,
): readonly RunningCorrelation[] {
  const { dedupPeriodMinutesMin, dedupPeriodMinutes, threshold } = detectionDefaults;
  return rule.Detection.map((spec) => ({
    spec,
    version,
    updatedAt,
    detection: {
      id: rule.RuleID,
      ...(rule.DisplayName !== undefined && { displayName: rule.DisplayName }),
      severity: rule.Severity ?? 'INFO',
      description: rule.Description ?? '',
      reference: rule.Reference ?? '',
      runbook: rule.Runbook ?? '',
      tags: rule.Tags ?? [],
      reports: rule.Reports ?? {},
      outputIds: rule.OutputIds ?? [],
      threshold: rule.Threshold ?? threshold,
      dedupPeriodMinutes: Math.max(rule.DedupPeriodMinutes ?? dedupPeriodMinutes, dedupPeriodMinutesMin),
      createAlert: rule.CreateAlert ?? true,
    },
  }));
}

const untilChanged = 'That lasts until it is changed, or switched off and on';

function isEnabled({ enabled }: DetectionContentRow): boolean {
  return enabled === 1;
}

function isTypeScript(path: string): boolean {
  return path.endsWith('.ts');
}

/** The content of each row in a folder of its own, so that equal names don't clash. */
function filesOf({ kind, id, files }: DetectionContentRow): readonly ContentFile[] {
  const folder = folderOf(kind, id);
  return (JSON.parse(files) as readonly ContentFile[]).map(({ path, text }) => ({
    path: `${folder}${path}`,
    text,
  }));
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}

function folderOf(kind: string, id: string): string {
  return `${kind}/${encodeURIComponent(id)}/`;
}

function isSame(one: RunningDetection, other: RunningDetection | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
