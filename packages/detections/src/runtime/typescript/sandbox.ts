import { follow, type Step } from '../../expressions/key-path.ts';
import {
  alertContextSizeMax,
  alertContextTooLarge,
  auxiliaryFunctions,
} from '../../rule-library/functions.ts';
import { connectHost } from '../../rule-library/host.ts';
import { type Read, traceEvent } from '../trace.ts';
import { harden } from './harden.ts';

/**
 * What runs inside the isolate, around the rules. Its functions are called by the process that holds the isolate; they take and
 * give only text, numbers and modules.
 */

type Event = Readonly<Record<string, unknown>>;
type RuleFunction = (event: Event) => unknown;

interface Rule {
  readonly fileName: string;
  readonly main: RuleFunction;
  readonly auxiliaries: readonly (readonly [string, RuleFunction])[];
}

interface Model {
  readonly paths: ReadonlyMap<string, readonly Step[]>;
  readonly functions: ReadonlyMap<string, RuleFunction>;
  /** Fields whose function is written in Python. */
  readonly foreign: ReadonlySet<string>;
}

const rules = new Map<string, Rule>();
const models = new Map<string, Model>();
let events: readonly Event[] = [];
/** Which of them a rule is asked about. */
let current: number | null = null;
let logType = '';
let mode = '';
/** Of traced events: the places of which they tell; all if undefined. */
let known: readonly Read[] | undefined;
/** Whether the rule that runs has used what is not in its event. */
let isAsking = false;
/** Whether one of its functions has failed. */
let hasFailed = false;
let mocks: ReadonlyMap<string, unknown> = new Map();

/** Called once, with a function that takes and gives JSON. */
export function connect(callHost: (request: string) => string): void {
  connectHost({
    udm(event, name) {
      return mocks.has('udm') ? mocks.get('udm') : standardField(event as Event, name);
    },
    call(operation, args) {
      isAsking = true;
      const name = operation.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      if (mocks.has(name)) return mocks.get(name);
      // Whoever traces looks; what is kept outside is changed by who evaluates.
      if (mode === 'trace') throw new Error(`${name} is not asked`);
      const { value, error } = JSON.parse(callHost(JSON.stringify({ operation, args, event: current })));
      if (error !== undefined) throw new Error(error);
      return value;
    },
  });
  noticeChance();
  harden();
}

/** What a rule says by the clock or by chance says nothing of another time. */
function noticeChance(): void {
  Math.random = noticed(Math.random);
  Date.now = noticed(Date.now);
  globalThis.Date = noticedClass(Date, (args) => args.length === 0);
  Intl.DateTimeFormat = noticedClass(Intl.DateTimeFormat, () => true);
  const { Now: now } = (globalThis as { Temporal?: { Now?: Record<string, () => unknown> } }).Temporal ?? {};
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(now ?? {}))) {
    if (now !== undefined && typeof value === 'function') now[name] = noticed(value);
  }
}

function noticed<Args extends unknown[], Value>(from: (...args: Args) => Value): (...args: Args) => Value {
  return (...args) => {
    isAsking = true;
    return from(...args);
  };
}

/** The class, noticed when it is called without `new`, and with it where the arguments say so. */
function noticedClass<Class extends { readonly prototype: object }>(
  original: Class & (new (...args: never[]) => object),
  isChance: (args: readonly unknown[]) => boolean,
): Class {
  const proxy = new Proxy(original, {
    construct(target, args, newTarget) {
      if (isChance(args)) isAsking = true;
      return Reflect.construct(target, args, newTarget);
    },
    apply(target, self, args) {
      isAsking = true;
      return Reflect.apply(target as unknown as (...args: unknown[]) => unknown, self, args);
    },
  });
  Object.defineProperty(original.prototype, 'constructor', { value: proxy });
  return proxy;
}

/** What a file says about its rule or data model, as JSON: a function among mappings reads as true. */
export function describe(namespace: { readonly default?: unknown }): string {
  const definition = readDefinition(namespace);
  return JSON.stringify(definition, (key, value) =>
    typeof value === 'function' && !(key in definition) ? true : value,
  );
}

/** Keeps a rule's module. @throws Error if it defines no rule. */
export function register(id: string, fileName: string, namespace: { readonly default?: unknown }): void {
  const definition = readDefinition(namespace);
  const { rule } = definition;
  if (typeof rule !== 'function') throw new Error(`${fileName} defines no function rule`);
  const bound = (name: string, given: unknown): (readonly [string, RuleFunction])[] => {
    if (given === undefined) return [];
    if (typeof given !== 'function') throw new Error(`${fileName}: ${name} must be a function`);
    return [[name, (event) => given.call(definition, event)]];
  };
  rules.set(id, {
    fileName,
    main: (event) => rule.call(definition, event),
    auxiliaries: auxiliaryFunctions.flatMap(([name, ours]) =>
      bound(name, definition[ours]).map(([, run]) => [name, run] as const),
    ),
  });
}

export function unregister(id: string): void {
  rules.delete(id);
}

/** Says what standard fields mean for a log type: paths as JSON, and the module with functions if there is one. */
export function registerModel(
  type: string,
  pathsJson: string,
  methodsJson: string,
  namespace?: { readonly default?: unknown },
): void {
  const mappings = namespace === undefined ? {} : (readDefinition(namespace).mappings ?? {});
  const functions = new Map(
    Object.entries(mappings).filter(
      (entry): entry is [string, RuleFunction] => typeof entry[1] === 'function',
    ),
  );
  const methods: readonly string[] = JSON.parse(methodsJson);
  models.set(type, {
    paths: new Map(JSON.parse(pathsJson)),
    functions,
    foreign: new Set(methods.filter((name) => !functions.has(name))),
  });
}

/** Takes the events of a batch. @returns how many there are. */
export function open(
  eventsJson: string,
  type: string | null,
  given: string,
  mocksJson: string,
  knownJson?: string,
): number {
  events = JSON.parse(eventsJson);
  mode = given;
  known = knownJson === undefined ? undefined : JSON.parse(knownJson);
  // A traced event refuses changes itself.
  if (mode !== 'trace') for (const event of events) freeze(event);
  logType = type ?? '';
  mocks = new Map(JSON.parse(mocksJson));
  return events.length;
}

/** Runs a rule over the events, or over those at the positions given. @returns hits as JSON, or nothing. */
export function evaluate(id: string, positions?: string): string {
  const rule = rules.get(id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  const chosen: readonly number[] | undefined = positions === undefined ? undefined : JSON.parse(positions);
  const hits: string[] = [];
  const count = chosen?.length ?? events.length;
  for (let index = 0; index < count; index += 1) {
    const position = chosen?.[index] ?? index;
    const event = events[position] ?? {};
    const hit = mode === 'trace' ? traceOne(rule, position, event) : evaluateOne(rule, position, event);
    if (hit !== undefined) hits.push(hit);
  }
  return hits.length === 0 ? '' : `[${hits.join()}]`;
}

function evaluateOne(rule: Rule, position: number, event: Event): string | undefined {
  let said: unknown;
  current = position;
  try {
    said = rule.main(event);
  } catch (error) {
    return `{"event":${position},"error":${JSON.stringify(describeError(error, rule.fileName))},"functions":{}}`;
  }
  if (said === false && mode !== 'test') return undefined;
  if (said !== true && said !== false) {
    return `{"event":${position},"returned":${JSON.stringify(typeName(said))},"functions":{}}`;
  }
  const functions = runAuxiliaries(rule, event);
  return `{"event":${position},"matched":${said},"functions":{${functions.join()}}}`;
}

/** What fails or asks for something outside its event is for `evaluateOne`. */
function traceOne(rule: Rule, position: number, event: Event): string | undefined {
  const traced = traceEvent(event, known);
  isAsking = false;
  hasFailed = false;
  let said: unknown;
  try {
    said = rule.main(traced.event as Event);
  } catch {
    if (!traced.isMissed) return undefined;
  }
  const tell = (rest: string): string | undefined => {
    const reads = traced.reads();
    return isAsking || reads === undefined
      ? undefined
      : `{"event":${position},"reads":${JSON.stringify(reads)}${rest}}`;
  };
  if (traced.isMissed) return tell('');
  if (said === false) return tell(',"matched":false');
  if (said !== true) return undefined;
  const functions = runAuxiliaries(rule, traced.event as Event);
  if (traced.isMissed) return tell(',"matched":true');
  // With another error than of the event itself, perhaps.
  return hasFailed ? undefined : tell(`,"matched":true,"functions":{${functions.join()}}`);
}

function runAuxiliaries({ auxiliaries, fileName }: Rule, event: Event): readonly string[] {
  return auxiliaries.map(
    ([name, run]) => `${JSON.stringify(name)}:${runAuxiliary(name, run, event, fileName)}`,
  );
}

/** Each value becomes text on its own, so that one that can't spoils no other. */
function runAuxiliary(name: string, run: RuleFunction, event: Event, fileName: string): string {
  try {
    const value = run(event);
    const type = JSON.stringify(typeName(value));
    const text = JSON.stringify(value);
    if (text === undefined) return `{"t":${type}}`;
    if (name === 'alert_context' && text.length > alertContextSizeMax) {
      return `{"t":${type},"e":${JSON.stringify(alertContextTooLarge(text.length))}}`;
    }
    return `{"t":${type},"v":${text}}`;
  } catch (error) {
    hasFailed = true;
    return `{"e":${JSON.stringify(describeError(error, fileName))}}`;
  }
}

/** The message and the place in the rule's file. Whatever was thrown may be hostile. */
function describeError(error: unknown, fileName: string): string {
  try {
    if (!(error instanceof Error)) return `threw ${String(error)}`;
    const lines = String(error.stack).split('\n');
    const place = lines.find((line) => line.includes(`${fileName}:`)) ?? '';
    const [, name, line] = /at (?:(?:Object\.)?(\S+) \()?.*:(\d+):\d+\)?$/.exec(place) ?? [];
    const where = line === undefined ? fileName : `${fileName}, line ${line}`;
    return `${error.name}: ${error.message}: ${where}${name === undefined ? '' : `, in ${name}`}`;
  } catch {
    return 'threw something that cannot be shown';
  }
}

/** What the log source gave under the name, else the data model's, else the event's own field. */
function standardField(event: Event, name: string): unknown {
  const given = follow(event, ['p_udm', name]);
  if (given !== undefined && given !== null) return given;
  const model = models.get(logType);
  const run = model?.functions.get(name);
  if (run !== undefined) return run(event);
  if (model?.foreign.has(name)) throw new Error(`${name} of ${logType} is defined in Python only`);
  const steps = model?.paths.get(name);
  if (steps === undefined) return follow(event, [name]);
  const found = follow(event, steps);
  if (!steps.includes('[*]') || !Array.isArray(found)) return found;
  if (found.length > 1) throw new Error(`the path of ${name} leads to ${found.length} values`);
  return found[0];
}

function readDefinition(namespace: { readonly default?: unknown }): Readonly<Record<string, unknown>> {
  const { default: definition } = namespace;
  if (typeof definition !== 'object' || definition === null) {
    throw new Error('the file has no default export made by defineRule or defineDataModel');
  }
  return definition as Readonly<Record<string, unknown>>;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return value instanceof Promise ? 'Promise' : typeof value;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const key in value) freeze((value as Event)[key]);
}
