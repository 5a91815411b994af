import { constants, readFileSync } from 'node:fs';
import type { PyodideAPI } from 'pyodide';
import { loadPyodide } from 'pyodide';
import type { DataModel } from '../../content/detection.ts';
import { parseKeyPath } from '../../expressions/key-path.ts';
import { readFrame, writeFrame } from '../frames.ts';
import { exitCodes } from '../messages.ts';
import { callHost, type Sandbox, serveSandbox } from '../serve-sandbox.ts';

/**
 * The program of a process that runs rules in Python. Argument: megabytes of memory for all of them. The first message holds the
 * snapshot to start from; without one it makes a snapshot, gives it and ends.
 */
const memoryBytesMax = Number(process.argv[2]) * 2 ** 20;
const pageBytes = 65_536;

// Pyodide asks for this to learn numbers that it also finds in node:fs; the permission model refuses it.
Object.assign(process, { binding: () => ({ fs: constants }) });
limitMemory();
const start = readFrame();
if (start === undefined) process.exit(0);
const options = {
  // Nothing of this process is a global of Python.
  jsglobals: {},
  stdin: () => null,
  stdout: () => undefined,
  stderr: () => undefined,
} as const;
if (start.body.length === 0) {
  writeFrame(
    { kind: 'snapshot' },
    makeSnapshot(await loadPyodide({ ...options, _makeSnapshot: true } as object)),
  );
  process.exit(0);
}
const pyodide = await loadPyodide({ ...options, _loadSnapshot: start.body } as object);
for (const name of ['js', 'pyodide_js']) pyodide.unregisterJsModule(name);

/** An interpreter that has imported what rules commonly import, and the code around them. */
function makeSnapshot(fresh: PyodideAPI): Uint8Array {
  for (const name of ['events', 'caching', 'tracing', 'sandbox']) {
    const source = readFileSync(new URL(`./${name}.py`, import.meta.url), 'utf8');
    fresh.FS.writeFile(`/lib/python3.14/site-packages/pawprint_${name}.py`, source);
  }
  fresh.runPython('import pawprint_sandbox');
  return (fresh as unknown as { makeMemorySnapshot(): Uint8Array }).makeMemorySnapshot();
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** WebAssembly memory only grows, and only through this function. Python sees a MemoryError. */
function limitMemory(): void {
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as { Memory: { prototype: WasmMemory } };
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (this: WasmMemory, pages: number) {
    if (this.buffer.byteLength + pages * pageBytes > memoryBytesMax) throw new RangeError('memory limit');
    return grow.call(this, pages);
  };
}

// After a fatal error every property of the interpreter throws.
const { PythonError } = pyodide.ffi;

type PythonFunction = (...args: readonly unknown[]) => unknown;
const module = pyodide.pyimport('pawprint_sandbox') as Readonly<Record<string, PythonFunction>>;

/** A function of the module. What it raises becomes an error with its message alone; a dead interpreter ends the process. */
function python(name: string): PythonFunction {
  const run = module[name];
  return (...args) => {
    try {
      return run?.(...args);
    } catch (error) {
      // An interpreter that failed itself is of no further use.
      if (!(error instanceof PythonError)) process.exit(exitCodes.interpreterFailed);
      const last = error.message.trim().split('\n').at(-1) ?? '';
      throw new Error(last.replace(/^(?:\w+\.)*(?:RuntimeError|PantherError): /, ''));
    }
  };
}

const [connect, setGlobal, setModel, load, drop, openBatch, evaluate] = [
  'connect',
  'set_global',
  'set_model',
  'load',
  'drop',
  'open_batch',
  'evaluate',
].map(python) as [
  PythonFunction,
  PythonFunction,
  PythonFunction,
  PythonFunction,
  PythonFunction,
  PythonFunction,
  PythonFunction,
];

const librariesFolder = '/lib/rule-libraries';
pyodide.FS.mkdirTree(librariesFolder);

function setUpModel({ id, logType, mappings, code }: DataModel): void {
  const paths = Object.fromEntries(
    mappings.flatMap((mapping) =>
      'path' in mapping ? [[mapping.name, [mapping.path, parseKeyPath(mapping.path) ?? []]]] : [],
    ),
  );
  const methods = Object.fromEntries(
    mappings.flatMap((mapping) => ('method' in mapping ? [[mapping.name, mapping.method]] : [])),
  );
  const source = code?.language === 'python' ? code.source : undefined;
  setModel(logType, id, JSON.stringify(paths), JSON.stringify(methods), source);
}

const sandbox: Sandbox = {
  setUp({ dataModels, globals, libraries }) {
    for (const { path, text } of libraries) {
      const file = `${librariesFolder}/${path}`;
      pyodide.FS.mkdirTree(file.slice(0, file.lastIndexOf('/')));
      pyodide.FS.writeFile(file, text);
    }
    for (const { id, source } of globals) setGlobal(id, source);
    connect((request: string): string => {
      const { operation, args, event } = JSON.parse(request);
      try {
        return JSON.stringify({ value: callHost(operation, args, event) });
      } catch (error) {
        return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
      }
    });
    for (const model of dataModels) if (model.enabled) setUpModel(model);
  },
  load({ id, body, main, mainIsOptional }) {
    if (body.language !== 'python') throw new Error(`${body.language} does not run here`);
    load(id, body.fileName, body.source, main, mainIsOptional);
  },
  drop: (id) => void drop(id),
  describe() {
    throw new Error('detections in Python are described by their YAML');
  },
  open(eventsJson, logType, mode, mocks, known) {
    const pairs = mocks.map(({ objectName, returnValue }) => [objectName, returnValue ?? null]);
    // Here only whole fields are ever looked at.
    const fields = known?.flatMap(({ path, whole }) => (path.length === 1 && whole ? path : []));
    return Number(
      openBatch(
        eventsJson,
        logType ?? undefined,
        mode,
        JSON.stringify(pairs),
        fields && JSON.stringify(fields),
      ),
    );
  },
  evaluate: (id, positions) =>
    String(evaluate(id, positions === undefined ? undefined : JSON.stringify(positions))),
  memoryBytes: () => (pyodide as unknown as { _module: { HEAP8: Int8Array } })._module.HEAP8.length,
};

serveSandbox(sandbox);
