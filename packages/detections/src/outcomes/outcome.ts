import type { Detection } from '../content/detection.ts';
import { type Severity, severities } from '../content/schemas.ts';
import type { RawHit, RawValue } from '../runtime/messages.ts';

/** What a detection says about one event, with every default applied. */
export interface Verdict {
  readonly detectionId: string;
  /** The position of the event in its batch. */
  readonly event: number;
  readonly title: string;
  /** Matches of the detection with the same text join one alert. */
  readonly dedup: string;
  readonly severity: Severity;
  readonly description: string;
  readonly reference: string;
  readonly runbook: string;
  /** Where to deliver; empty: nowhere; null: as the routing says. */
  readonly destinations: readonly string[] | null;
  readonly alertContext: Readonly<Record<string, unknown>>;
  /** What the threshold counts different values of, if the detection says. */
  readonly unique: string | null;
  /** What auxiliary functions failed with; they never keep a match from being one. */
  readonly functionErrors: Readonly<Record<string, string>>;
}

export type Outcome =
  | ({ readonly kind: 'match' | 'no-match' } & Verdict)
  /** A rule error. Without an event it is about the whole batch. */
  | {
      readonly kind: 'error';
      readonly detectionId: string;
      readonly event: number | null;
      readonly message: string;
    };

export interface OutcomeOptions {
  /** Names and ids of destinations; a name that is not among them leaves the routing as it is. */
  readonly destinations?: ReadonlySet<string>;
}

/** The longest text of a function, in characters. */
const textLengthMax = 1000;
const truncationMark = '... (truncated)';
const destinationsMax = 10;

/** Applies the defaults of a detection's functions to what a runtime gave for an event. */
export function toOutcome(detection: Detection, hit: RawHit, options: OutcomeOptions = {}): Outcome {
  const { id: detectionId } = detection;
  const { event, error, matched, returned } = hit;
  if (error !== undefined) return { kind: 'error', detectionId, event, message: String(error) };
  if (typeof matched !== 'boolean') {
    const main = detection.kind === 'policy' ? 'policy' : 'rule';
    const message = wrongType(detectionId, main, String(returned), truthType(detection));
    return { kind: 'error', detectionId, event, message };
  }
  return {
    kind: matched ? 'match' : 'no-match',
    event,
    ...new FunctionReader(detection, hit.functions, options).verdict(),
  };
}

class FunctionReader {
  readonly #detection: Detection;
  readonly #functions: Readonly<Record<string, RawValue>>;
  readonly #options: OutcomeOptions;
  readonly #errors: Record<string, string> = {};

  constructor(detection: Detection, functions: Readonly<Record<string, RawValue>>, options: OutcomeOptions) {
    this.#detection = detection;
    this.#functions = functions ?? {};
    this.#options = options;
  }

  verdict(): Omit<Verdict, 'event'> {
    const { id, displayName, description, reference, runbook, severity } = this.#detection;
    const standing = displayName || id;
    const title = this.#text('title');
    return {
      detectionId: id,
      title: title || standing,
      dedup: this.#dedup(title, standing),
      severity: this.#severity() ?? severity,
      description: this.#describing('description', description),
      reference: this.#describing('reference', reference),
      runbook: this.#describing('runbook', runbook),
      destinations: this.#destinations(),
      alertContext: this.#alertContext(),
      unique: this.#text('unique') ?? null,
      functionErrors: this.#errors,
    };
  }

  /** What the function gave, if there is one and it gave this type. Otherwise the error is noted. */
  #value<Value>(
    name: string,
    accepts: (value: unknown) => value is Value,
    expected: readonly [python: string, typescript: string],
  ): Value | undefined {
    const raw = this.#functions[name];
    if (raw === undefined) return undefined;
    if (raw.e !== undefined) this.#errors[name] = String(raw.e);
    else if (accepts(raw.v)) return raw.v;
    else {
      const { body, id } = this.#detection;
      const type = expected[body.language === 'python' ? 0 : 1];
      this.#errors[name] = wrongType(id, name, String(raw.t), type);
    }
    return undefined;
  }

  #text(name: string): string | undefined {
    const value = this.#value(name, isText, ['str', 'string']);
    return value !== undefined && value.length > textLengthMax
      ? value.slice(0, textLengthMax - truncationMark.length) + truncationMark
      : value;
  }

  /** A dedup function that fails or is empty leaves a text of the detection's own; without one the title serves. */
  #dedup(title: string | undefined, standing: string): string {
    const own = `defaultDedupString:${this.#detection.id}`;
    if ('dedup' in this.#functions) return this.#text('dedup') || own;
    if (!('title' in this.#functions)) return own;
    return title === undefined ? standing : title || own;
  }

  #severity(): Severity | undefined {
    const given = this.#text('severity')?.toUpperCase();
    if (given === undefined || given === 'DEFAULT') return undefined;
    const found = severities.find((each) => each === given);
    if (found === undefined) {
      this.#errors.severity = `severity ${given} is none of ${severities.join(', ')}, DEFAULT`;
    }
    return found;
  }

  #describing(name: string, standing: string): string {
    return name in this.#functions ? (this.#text(name) ?? '') : standing;
  }

  #destinations(): readonly string[] | null {
    const raw = this.#functions.destinations;
    if (raw?.e === undefined && raw?.v === null) return null;
    const given = this.#value('destinations', isTexts, ['List[str]', 'array']);
    if (given === undefined) return null;
    if (given.length === 0 || (given.length === 1 && given[0] === 'SKIP')) return [];
    if (given.length > destinationsMax) {
      this.#errors.destinations = `destinations gave ${given.length}, more than ${destinationsMax}`;
      return null;
    }
    const unknown = given.filter((each) => this.#options.destinations?.has(each) === false);
    if (unknown.length === 0) return given;
    this.#errors.destinations = `unknown destinations: ${unknown.join(', ')}`;
    return null;
  }

  #alertContext(): Readonly<Record<string, unknown>> {
    const given = this.#value('alert_context', isObject, ['Mapping', 'object']);
    if (given !== undefined) return given;
    const error = this.#errors.alert_context;
    return error === undefined ? {} : { _error: error };
  }
}

function wrongType(id: string, name: string, returned: string, expected: string): string {
  return `detection [${id}] function [${name}] returned [${returned}], expected [${expected}]`;
}

function truthType({ body }: Detection): string {
  return body.language === 'python' ? 'bool' : 'boolean';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
