import {
  type ContentFile,
  type DataModel,
  type Detection,
  type DetectionEngine,
  DetectionError,
  describeProblem,
  type EngineContent,
  readContent,
} from '@pawprint/detections';
import type { Reader } from '../store/store.ts';
import type { DetectionContentRow } from '../store/tables.ts';

/** A detection that runs, and which version of it. */
export interface RunningDetection {
  readonly detection: Detection;
  readonly version: number;
}

export interface LoadedDetectionsOptions {
  readonly reader: Reader;
  readonly engine: Pick<DetectionEngine, 'put' | 'remove' | 'setContent' | 'readRule' | 'readDataModel'>;
  /** Told of each detection that can't run, and why; all others do. */
  onProblem(id: string, message: string): void;
  /** A detection runs. */
  onLoaded(id: string): void;
}

/** Keeps in an engine what is enabled in the store. */
export class LoadedDetections {
  readonly #options: LoadedDetectionsOptions;
  #running: ReadonlyMap<string, RunningDetection> = new Map();
  /** What was read of files in TypeScript, which takes a sandbox, by their text. */
  #readSources: ReadonlyMap<string, Detection | DataModel> = new Map();
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
    const { reader, engine, onProblem, onLoaded } = this.#options;
    const rows = await reader.selectFrom('detection_content').selectAll().orderBy('id').execute();
    const { detections, content } = await this.#read(rows);
    const surroundings = JSON.stringify(content);
    if (surroundings !== this.#surroundings) {
      await engine.setContent(content);
      this.#surroundings = surroundings;
    }
    const wanted = new Map(detections.map((each) => [each.detection.id, each]));
    await engine.remove([...this.#running.keys()].filter((id) => !wanted.has(id)));
    const changed = detections.filter((each) => !isSame(each, this.#running.get(each.detection.id)));
    const problems = await engine.put(changed.map(({ detection }) => detection));
    for (const [id, problem] of problems) {
      wanted.delete(id);
      onProblem(id, problem);
    }
    for (const { detection } of changed) if (!problems.has(detection.id)) onLoaded(detection.id);
    this.#running = wanted;
  }

  async #read(rows: readonly DetectionContentRow[]): Promise<{
    readonly detections: readonly RunningDetection[];
    readonly content: EngineContent;
  }> {
    const enabled = new Map(
      rows.filter((row) => row.enabled === 1).map(({ kind, id, version }) => [keyOf(kind, id), version]),
    );
    const typescript = await this.#readTypeScript(rows.filter((row) => row.enabled === 1));
    const files = rows.flatMap((row) => filesOf(row).filter(({ path }) => !isTypeScript(path)));
    const { detections, dataModels, globals, problems } = readContent(files);
    for (const problem of problems) {
      const row = rows.find(({ kind, id }) => problem.path.startsWith(folderOf(kind, id)));
      if (row?.enabled === 1 && problem.level === 'error')
        this.#options.onProblem(row.id, describeProblem(problem));
    }
    const isOn = (kind: string, id: string) => enabled.has(keyOf(kind, id));
    return {
      detections: [...typescript.detections, ...detections].flatMap((detection) => {
        const version = enabled.get(keyOf(detection.kind, detection.id));
        return version === undefined ? [] : [{ detection: { ...detection, enabled: true }, version }];
      }),
      content: {
        dataModels: [...typescript.dataModels, ...dataModels].filter(({ id }) => isOn('datamodel', id)),
        globals: globals.filter(({ id }) => isOn('global', id)),
      },
    };
  }

  async #readTypeScript(rows: readonly DetectionContentRow[]) {
    const { engine, onProblem } = this.#options;
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
        onProblem(id, error.message);
      }
    }
    this.#readSources = read;
    return { detections, dataModels };
  }
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
