/** A step into a record: a member's name, a place in a list (from 0), or every place of a list. */
export type PathStep = string | number | typeof everyItem;

export const everyItem = Symbol('every item');

const stepsMax = 32;

/**
 * Reads a path such as `actionParams.dynamic.input.ids[*]` or `errors[0].message`.
 * @returns undefined for text that is none.
 */
export function parseRecordPath(text: string): readonly PathStep[] | undefined {
  if (!/^[^.[\]=~"]+(?:\.[^.[\]=~"]+|\[(?:\d{1,9}|\*)\])*$/.test(text)) return undefined;
  const steps = Array.from(text.matchAll(/\[(\d+|\*)\]|[^.[\]]+/g), ([name, index]) => {
    if (index === undefined) return name;
    return index === '*' ? everyItem : Number(index);
  });
  return steps.length > stepsMax ? undefined : steps;
}

/** What a path leads to: with `[*]` perhaps several values, and none where the record has nothing there. */
export function valuesAt(value: unknown, [step, ...rest]: readonly PathStep[]): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (step === undefined) return [value];
  if (typeof step === 'string') return valuesAt(member(value, step), rest);
  if (!Array.isArray(value)) return [];
  return step === everyItem ? value.flatMap((item) => valuesAt(item, rest)) : valuesAt(value[step], rest);
}

function member(value: object | unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
