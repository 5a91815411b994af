import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import ivm from 'isolated-vm';
import type { DataModel } from '../../content/detection.ts';
import { parseKeyPath } from '../../expressions/key-path.ts';
import { exitCodes } from '../messages.ts';
import { callHost, type Sandbox, StoppedError, serveSandbox } from '../serve-sandbox.ts';

/** The program of a process that runs rules in TypeScript. Arguments: megabytes for all of them, milliseconds for each. */
const [memoryMegabytes, timeMs] = process.argv.slice(2).map(Number);

const isolate = new ivm.Isolate({ memoryLimit: memoryMegabytes ?? 0 });
const context = isolate.createContextSync();
const timeout = { timeout: timeMs ?? 0 };

/** What rules import: the functions of the library and nothing of the machinery around them. */
const facade = `export {
  addToStringSet, deepGet, deepWalk, defineDataModel, defineRule, eventTimeEpoch, getCounter, getStringSet, incrementCounter, lookup,
  resetCounter, resetStringSet, setKeyExpiration, udm,
} from '../../rule-library/rule-library.ts';`;

const own = new Map<string, ivm.Module>();
const sandboxModule = loadOwn(new URL('./sandbox.ts', import.meta.url));
const library = isolate.compileModuleSync(facade, { filename: 'library' });
library.instantiateSync(context, (specifier) => loadOwn(new URL(specifier, import.meta.url)));
library.evaluateSync();

/** Our own files, and what they import, inside the isolate. */
function loadOwn(file: URL): ivm.Module {
  const known = own.get(file.href);
  if (known !== undefined) return known;
  const code = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  const module = isolate.compileModuleSync(code, { filename: file.pathname.split('/').at(-1) ?? '' });
  own.set(file.href, module);
  module.instantiateSync(context, (specifier) => loadOwn(new URL(specifier, file)));
  module.evaluateSync();
  return module;
}

/** A function of the sandbox; what it throws and what it takes too long for becomes an error here. */
function entry(name: string): (args: readonly unknown[]) => unknown {
  const reference = sandboxModule.namespace.getSync(name, { reference: true });
  return (args) => {
    try {
      return reference.applySync(undefined, [...args], timeout);
    } catch (error) {
      throw explain(error);
    }
  };
}

function explain(error: unknown): unknown {
  // An isolate that ran out of memory is gone with all its rules: the next process starts with a sound one.
  if (isolate.isDisposed) process.exit(exitCodes.outOfMemory);
  return error instanceof Error && error.message === 'Script execution timed out.'
    ? new StoppedError(`did not end within ${timeMs} ms`)
    : error;
}

const [connect, describe, register, unregister, registerModel, open, evaluate] = [
  'connect',
  'describe',
  'register',
  'unregister',
  'registerModel',
  'open',
  'evaluate',
].map(entry) as [Call, Call, Call, Call, Call, Call, Call];
type Call = ReturnType<typeof entry>;

connect([
  new ivm.Callback((request: string): string => {
    const { operation, args, event } = JSON.parse(request);
    try {
      return JSON.stringify({ value: callHost(operation, args, event) });
    } catch (error) {
      return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
    }
  }),
]);

/** Runs the top of a rule's file. @returns its module's namespace. */
function runModule(fileName: string, source: string): ivm.Reference {
  try {
    const module = isolate.compileModuleSync(stripTypeScriptTypes(source), { filename: fileName });
    module.instantiateSync(context, (specifier) => {
      if (specifier === '@pawprint/detections') return library;
      throw new Error(`${fileName} imports ${specifier}: rules can only import @pawprint/detections`);
    });
    // A promise means `await` at the top, which never goes on here.
    module.evaluateSync(timeout);
    return module.namespace;
  } catch (error) {
    throw explain(error);
  }
}

function loadModel({ logType, mappings, code }: DataModel): void {
  const paths = mappings.flatMap((mapping) =>
    'path' in mapping ? [[mapping.name, parseKeyPath(mapping.path) ?? []]] : [],
  );
  const namespace =
    code?.language === 'typescript' ? [runModule('data-model.ts', code.source).derefInto()] : [];
  const methods = mappings.flatMap((mapping) => ('method' in mapping ? [mapping.name] : []));
  registerModel([logType, JSON.stringify(paths), JSON.stringify(methods), ...namespace]);
}

const sandbox: Sandbox = {
  setUp({ dataModels }) {
    for (const model of dataModels) if (model.enabled) loadModel(model);
  },
  load({ id, body }) {
    if (body.language !== 'typescript') throw new Error(`${body.language} does not run here`);
    register([id, body.fileName, runModule(body.fileName, body.source).derefInto()]);
  },
  drop: (id) => void unregister([id]),
  describe: (fileName, source) => String(describe([runModule(fileName, source).derefInto()])),
  open(eventsJson, logType, mode, mocks, known) {
    for (const { objectName } of mocks) {
      if (!library.namespace.getSync(objectName, { reference: true })) {
        throw new Error(`there is nothing called ${objectName} to mock`);
      }
    }
    const pairs = mocks.map(({ objectName, returnValue }) => [objectName, returnValue ?? null]);
    const given = known === undefined ? [] : [JSON.stringify(known)];
    return Number(open([eventsJson, logType, mode, JSON.stringify(pairs), ...given]));
  },
  evaluate: (id, positions) =>
    String(evaluate([id, ...(positions === undefined ? [] : [JSON.stringify(positions)])])),
  memoryBytes: () => isolate.getHeapStatisticsSync().total_heap_size,
};
serveSandbox(sandbox);
