/** One step into an event: a key, an index, or every element of a list. */
export type Step = string | number | '[*]';

/** What a path leads to, or `undefined` where there is nothing (which differs from null). */
export type Found = unknown;

const keyPathPattern = /(?:^|\.)([^.[\]]+)|\[(\d+|\*|'[^']*'|"[^"]*")\]/gy;

/**
 * Reads `a.b[*].c`, `a[2]`, `a['b.c']`, with or without the `$.` of JSONPath before it.
 * @returns undefined if that is not how it is written.
 */
export function parseKeyPath(text: string): readonly Step[] | undefined {
  const path = text.replace(/^\$\.?/, '');
  const steps: Step[] = [];
  let end = 0;
  for (const { 0: part, 1: key, 2: bracket, index } of path.matchAll(keyPathPattern)) {
    end = index + part.length;
    if (key !== undefined) steps.push(key);
    else if (bracket === '*') steps.push('[*]');
    else if (bracket !== undefined) {
      steps.push(/^\d/.test(bracket) ? Number(bracket) : bracket.slice(1, -1));
    }
  }
  return steps.length > 0 && end === path.length ? steps : undefined;
}

/** Follows the steps. A step through every element gives the list of what was found behind it. */
export function follow(value: unknown, steps: readonly Step[], from = 0): Found {
  let at = value;
  for (let index = from; index < steps.length; index += 1) {
    const step = steps[index];
    if (step === '[*]') {
      if (!Array.isArray(at)) return undefined;
      const found = at
        .map((element) => follow(element, steps, index + 1))
        .filter((each) => each !== undefined);
      return steps.indexOf('[*]', index + 1) === -1 ? found : found.flat();
    }
    if (typeof step === 'number') {
      if (!Array.isArray(at)) return undefined;
      at = at[step];
    } else {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step ?? '')) return undefined;
      at = (at as Readonly<Record<string, unknown>>)[step ?? ''];
    }
  }
  return at;
}
