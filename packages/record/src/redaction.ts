import * as z from 'zod';
import { isPlainObject } from './canonical-json.ts';
import { Personal } from './personal.ts';

/** What stands in a record where a secret was. */
export const redacted = '(redacted)';

/** Objects and arrays nested deeper than this are not recorded. */
export const recordedDepthMax = 32;

type Schema = z.core.$ZodType;

const secrets = z.registry<{ secret: true }>();

/**
 * Marks a schema whose values must never be recorded: passwords, token values, uploaded archives.
 * Returns a marked copy; the mark stays on what is derived from it (`.min()`, `.optional()`, `.describe()`).
 */
export function secret<Marked extends z.ZodType>(schema: Marked): Marked {
  const marked = schema.clone();
  secrets.add(marked, { secret: true });
  return marked;
}

const personalSchemas = z.registry<{ personal: true }>();

/**
 * Marks a schema whose values identify a person, such as an e-mail address: `redact` marks them in what it returns, and they
 * are sealed in the entry. Returns a marked copy, as `secret` does.
 */
export function personal<Marked extends z.ZodType>(schema: Marked): Marked {
  const marked = schema.clone();
  personalSchemas.add(marked, { personal: true });
  return marked;
}

/**
 * A copy of `value` fit to be recorded, by the schema it was meant for.
 *
 * The value need not be valid, since a refused attempt is recorded too: a known key keeps what was sent, an unknown key
 * keeps its name only, and an object or array where none belongs is not recorded. What any branch of a union or any
 * side of a pipe calls secret is redacted, and what it calls personal becomes a `Personal`. Once these are taken out, the
 * result always has a canonical JSON text.
 */
export function redact(schema: z.ZodType, value: unknown): unknown {
  return redactBy([schema], value, 0);
}

/** A copy of `value` that always has a canonical JSON text, for values that no schema describes. */
export function recordable(value: unknown): unknown {
  return recordableAt(0, value);
}

function recordableAt(depth: number, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return recordableScalar(value);
  if (depth === recordedDepthMax) return notRecorded('too deep');
  if (Array.isArray(value)) return Array.from(value, (item) => recordableAt(depth + 1, item));
  if (!isPlainObject(value)) return notRecorded('not JSON');
  return mapMembers(value, (member) => recordableAt(depth + 1, member));
}

function recordableScalar(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  const isJson = value === null || typeof value === 'boolean' || Number.isFinite(value);
  return isJson ? value : notRecorded('not JSON');
}

function redactBy(schemas: readonly Schema[], value: unknown, depth: number): unknown {
  const isArray = Array.isArray(value);
  const expected = expectation(schemas, isArray);
  if (expected.isSecret) return redacted;
  const copy = redactExpected(expected, value, depth);
  return expected.isPersonal && value !== null ? new Personal(undefined, copy) : copy;
}

function redactExpected(expected: Expectation, value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return redactScalar(expected, value);
  if (depth === recordedDepthMax) return notRecorded('too deep');
  if (Array.isArray(value)) return redactArray(expected, value, depth + 1);
  return isPlainObject(value) ? redactObject(expected, value, depth + 1) : notRecorded('not JSON');
}

function redactScalar(expected: Expectation, value: unknown): unknown {
  return value === null || expected.allowsScalar ? recordableScalar(value) : unexpected(expected, 'value');
}

function redactArray(expected: Expectation, value: readonly unknown[], depth: number): unknown {
  if (expected.items.length === 0) return unexpected(expected, 'array');
  return Array.from(value, (item) => redactBy(expected.items, item, depth));
}

function redactObject(expected: Expectation, value: JsonObject, depth: number): unknown {
  if (expected.objects.length === 0) return unexpected(expected, 'object');
  return mapMembers(value, (member, key) => {
    const schemas = expected.objects.flatMap((object) => memberSchema(object, key) ?? []);
    return schemas.length > 0 ? redactBy(schemas, member, depth) : notRecorded('unknown field');
  });
}

type JsonObject = Record<string, unknown>;

/** A copy of an object with other members, without those that are undefined, its keys well-formed. */
function mapMembers(object: JsonObject, change: (member: unknown, key: string) => unknown): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) {
    const member = object[key];
    if (member === undefined) continue;
    const value = change(member, key);
    // Assigning to __proto__ would set the prototype of the copy.
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true });
    else copy[key.toWellFormed()] = value;
  }
  return copy;
}

function memberSchema(object: ObjectDefinition, key: string): Schema | undefined {
  if (object.type === 'record') return object.valueType;
  if (Object.hasOwn(object.shape, key)) return object.shape[key];
  return object.catchall?._zod.def.type === 'never' ? undefined : object.catchall;
}

type ObjectDefinition = z.core.$ZodObjectDef | Pick<z.core.$ZodRecordDef, 'type' | 'valueType'>;

/** What a set of schemas, any of which may apply, allow a value to be. */
interface Expectation {
  isSecret: boolean;
  isPersonal: boolean;
  allowsScalar: boolean;
  readonly items: Schema[];
  readonly objects: ObjectDefinition[];
}

function expectation(schemas: readonly Schema[], valueIsArray: boolean): Expectation {
  const [schema] = schemas;
  if (schema === undefined || schemas.length > 1) return mergedExpectation(schemas, valueIsArray);
  const cache = valueIsArray ? expectationsOfArrays : expectationsOfOthers;
  const expected = cache.get(schema) ?? mergedExpectation(schemas, valueIsArray);
  cache.set(schema, expected);
  return expected;
}

// Nearly every value is described by one schema, for which this saves most of the time redaction takes.
const expectationsOfArrays = new WeakMap<Schema, Expectation>();
const expectationsOfOthers = new WeakMap<Schema, Expectation>();

function mergedExpectation(schemas: readonly Schema[], valueIsArray: boolean): Expectation {
  const expected: Expectation = {
    isSecret: false,
    isPersonal: false,
    allowsScalar: false,
    items: [],
    objects: [],
  };
  // The set grows while it is walked; being a set, it ends on a schema that refers to itself through z.lazy.
  const seen = new Set(schemas);
  for (const schema of seen) {
    if (secrets.get(schema)?.secret) expected.isSecret = true;
    if (personalSchemas.get(schema)?.personal) expected.isPersonal = true;
    for (const inner of expand(schema, valueIsArray, expected)) seen.add(inner);
  }
  return expected;
}

/** Adds what one schema allows to `expected`, and returns the schemas it merely wraps. */
function expand(schema: Schema, valueIsArray: boolean, expected: Expectation): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'any':
    case 'unknown':
      expected.allowsScalar = true;
      expected.items.push(schema);
      expected.objects.push({ type: 'record', valueType: schema });
      return [];
    case 'object':
    case 'record':
      expected.objects.push(def);
      return [];
    case 'array':
      // GraphQL takes a single item where a list belongs, so such a value is read as the item.
      if (!valueIsArray) return [def.element];
      expected.items.push(def.element);
      return [];
    case 'tuple':
      expected.items.push(...def.items, ...(def.rest === null ? [] : [def.rest]));
      return [];
    case 'union':
      return def.options;
    case 'intersection':
      return [def.left, def.right];
    case 'pipe':
      return [def.in, def.out];
    case 'lazy':
      return [def.getter()];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'success':
    case 'catch':
    case 'readonly':
    case 'promise':
      return [def.innerType];
    case 'transform':
    case 'never':
      return [];
    default:
      expected.allowsScalar = true;
      return [];
  }
}

function unexpected(expected: Expectation, kind: string): string {
  return notRecorded(expected.objects.length > 0 ? 'not an object' : `unexpected ${kind}`);
}

function notRecorded(reason: string): string {
  return `(not recorded: ${reason})`;
}
