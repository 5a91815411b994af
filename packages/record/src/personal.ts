import { isPlainObject } from './canonical-json.ts';
import type { JsonPath } from './json-pointer.ts';

/** A value of a record that identifies a person, on its way into the record. */
export class Personal {
  /** Whose it is, such as `USER:<id>`; undefined where only the action as a whole tells. */
  readonly subject: string | undefined;
  readonly value: unknown;

  constructor(subject: string | undefined, value: unknown) {
    this.subject = subject;
    this.value = value;
  }
}

/** Marks a value for a record as one that identifies `subject`. Null identifies nobody. */
export function ofPerson<Value>(subject: string, value: Value): Value | Personal {
  return value === null || value === undefined ? value : new Personal(subject, value);
}

/** Where in a record personal data is, and whose. */
export interface PersonalPlace {
  readonly path: JsonPath;
  readonly subject: string;
}

/**
 * A copy of a JSON object without its marks.
 * @param path of the object in the record
 * @param owner whose the values are that are marked without a subject
 * @param places what was marked is added here
 */
export function takePersonal(
  object: Readonly<Record<string, unknown>>,
  path: JsonPath,
  owner: string,
  places: PersonalPlace[],
): Record<string, unknown> {
  return takeFrom(object, path, owner, places) as Record<string, unknown>;
}

function takeFrom(value: unknown, path: JsonPath, owner: string, places: PersonalPlace[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Personal) {
    places.push({ path, subject: value.subject ?? owner });
    return value.value;
  }
  if (Array.isArray(value))
    return value.map((item, index) => takeFrom(item, [...path, String(index)], owner, places));
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const taken = takeFrom(member, [...path, key], owner, places);
    // Assigning to __proto__ would set the prototype of the copy.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: taken, enumerable: true });
    else copy[key] = taken;
  }
  return copy;
}
