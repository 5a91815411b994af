import { isPlainObject } from './canonical-json.ts';

/** The keys and indexes that lead from a JSON value to one inside it. */
export type JsonPath = readonly string[];

/** The JSON pointer (RFC 6901) of a path. */
export function formatPointer(path: JsonPath): string {
  return path.map((key) => `/${escapeKey(key)}`).join('');
}

function escapeKey(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

/** The path of a JSON pointer, or undefined for a text that is none. */
export function parsePointer(pointer: string): JsonPath | undefined {
  if (!/^(\/([^~/]|~[01])*)+$/.test(pointer)) return undefined;
  const keys = pointer.slice(1).split('/');
  return pointer.includes('~') ? keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')) : keys;
}

/** What stands at a path, or undefined where there is nothing. */
export function valueAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const key of path) value = member(value, key);
  return value;
}

function member(container: unknown, key: string): unknown {
  // An array's own properties are its items, named as they are counted, and `length`.
  if (Array.isArray(container)) return /^(0|[1-9]\d*)$/.test(key) ? container[Number(key)] : undefined;
  return isPlainObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/**
 * Adds to `leaves` the paths of all values at and below `path` that hold no others and are not null. Where the path
 * ends early, because something larger was replaced, these are the leaves of what stands in its place.
 */
export function addLeaves(root: object, path: JsonPath, leaves: JsonPath[]): void {
  let value: unknown = root;
  let depth = 0;
  for (; depth < path.length; depth += 1) {
    const next = member(value, path[depth] ?? '');
    if (next === undefined) break;
    value = next;
  }
  // Nothing at all was there, not even something in its place.
  if (depth < path.length && !isDigest(value)) return;
  addLeavesOf(value, path.slice(0, depth), leaves);
}

function isDigest(value: unknown): boolean {
  return isPlainObject(value) && typeof value.sha256 === 'string' && typeof value.bytes === 'number';
}

function addLeavesOf(value: unknown, path: JsonPath, leaves: JsonPath[]): void {
  if (typeof value !== 'object') {
    if (value !== undefined) leaves.push(path);
  } else if (value !== null) {
    for (const [key, inner] of Object.entries(value)) addLeavesOf(inner, [...path, key], leaves);
  }
}

/** A copy of `root` with other values at paths that exist in it; what is not on a way to them is shared. */
export function withValues<Root extends object>(
  root: Root,
  values: Iterable<readonly [JsonPath, unknown]>,
): Root {
  const copies = new Set<object>();
  const copyOf = <Value extends object>(value: Value): Value => {
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as Value;
    copies.add(copy);
    return copy;
  };
  const copy = copyOf(root);
  for (const [path, value] of values) {
    let container = copy as Record<string, unknown>;
    for (const key of path.slice(0, -1)) {
      const inner = container[key] as Record<string, unknown>;
      container[key] = copies.has(inner) ? inner : copyOf(inner);
      container = container[key] as Record<string, unknown>;
    }
    container[path.at(-1) ?? ''] = value;
  }
  return copy;
}
