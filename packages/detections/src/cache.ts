import type { AnswerCall } from './runtime/sandbox-process.ts';

/** What detections remember between events, under keys: counters, sets of texts, dictionaries. */
export interface DetectionCache {
  /** Does one operation of `panther_detection_helpers.caching`. @throws Error for an operation or arguments that are none. */
  readonly answer: AnswerCall;
}

/** What stands under a key. */
export interface CachedValue {
  readonly value: number | readonly string[] | Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

const keptSeconds = 90 * 24 * 60 * 60;

/** Where a cache keeps its values. */
export interface CachedValues {
  get(key: string): CachedValue | undefined;
  set(key: string, value: CachedValue): void;
  delete(key: string): void;
}

/** A cache in memory; see `createCache`. */
export function createMemoryCache(nowSeconds: () => number): DetectionCache {
  return createCache(new Map(), nowSeconds);
}

/**
 * A cache over values that something else keeps. They end 90 days after they were written, or when they were told to.
 * @param nowSeconds seconds since 1970.
 */
export function createCache(kept: CachedValues, nowSeconds: () => number): DetectionCache {
  const read = (key: string): CachedValue | undefined => {
    const found = kept.get(key);
    if (found === undefined || found.expiresAt > nowSeconds()) return found;
    kept.delete(key);
    return undefined;
  };
  const write = (key: string, value: CachedValue['value'], expiresAt: unknown): CachedValue['value'] => {
    const ends =
      typeof expiresAt === 'number' ? expiresAt : (read(key)?.expiresAt ?? nowSeconds() + keptSeconds);
    kept.set(key, { value, expiresAt: ends });
    return value;
  };
  const counter = (key: string): number => {
    const value = read(key)?.value;
    return typeof value === 'number' ? value : 0;
  };
  const texts = (key: string): readonly string[] => {
    const value = read(key)?.value;
    return Array.isArray(value) ? value : [];
  };
  const dictionary = (key: string): unknown => {
    const value = read(key)?.value;
    return typeof value === 'object' && !Array.isArray(value) ? value : {};
  };

  const operations: Readonly<Record<string, (key: string, value: unknown, expiresAt: unknown) => unknown>> = {
    get_counter: counter,
    increment_counter: (key, by = 1, expiresAt) => write(key, counter(key) + numberOf(by), expiresAt),
    reset_counter: (key) => write(key, 0, undefined),
    get_string_set: texts,
    put_string_set: (key, values, expiresAt) => write(key, distinct(textsOf(values)), expiresAt),
    add_to_string_set: (key, values, expiresAt) =>
      write(key, distinct([...texts(key), ...textsOf(values)]), expiresAt),
    remove_from_string_set(key, values, expiresAt) {
      const removed = textsOf(values);
      return write(
        key,
        texts(key).filter((text) => !removed.includes(text)),
        expiresAt,
      );
    },
    reset_string_set: (key) => write(key, [], undefined),
    get_dictionary: dictionary,
    put_dictionary: (key, value, expiresAt) => write(key, objectOf(value), expiresAt),
    set_key_expiration(key, expiresAt) {
      const found = read(key);
      if (found !== undefined) kept.set(key, { ...found, expiresAt: numberOf(expiresAt ?? found.expiresAt) });
    },
  };
  return {
    answer(operation, [key, value, expiresAt]) {
      if (!Object.hasOwn(operations, operation)) throw new Error(`${operation} is not available here`);
      if (typeof key !== 'string') throw new Error(`${operation}: the key must be text`);
      return operations[operation]?.(key, value ?? undefined, expiresAt);
    },
  };
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted();
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error('expected a number');
  return value;
}

function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    throw new Error('expected texts');
  }
  return value;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('expected a dictionary');
  return { ...value };
}
