import { isCovered, type Read } from '../runtime/trace.ts';

/** What an event holds at places, one for one: JSON text, `{` for an object as such, or null for nothing. */
export type PlaceValues = readonly (string | null)[];

/** As deep as it is known: JSON text, or what is known of an object by its keys. */
type Known = string | Map<string, Known>;

/** The JSON text of an event of which only what it holds at some places is known. */
export function knownEvent(places: readonly Read[], values: PlaceValues): string {
  const event = new Map<string, Known>();
  for (const [at, { path }] of places.entries()) {
    const value = values[at];
    if (typeof value !== 'string') continue;
    if (path.length === 0) return value;
    place(event, path, value);
  }
  return textOf(event);
}

/** Whether such an event tells what somebody saw: something below an object tells of the object. */
export function isTold(places: readonly Read[], values: PlaceValues, read: Read): boolean {
  if (isCovered(places, read)) return true;
  if (read.whole) return false;
  const below = { path: read.path, whole: true };
  return places.some((place, at) => (values[at] ?? null) !== null && isCovered([below], place));
}

/** @param path of one key at least. */
function place(event: Map<string, Known>, path: readonly string[], value: string): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let at = event;
  for (const key of path.slice(0, -1)) {
    const below = at.get(key) ?? new Map<string, Known>();
    // All of it is known already.
    if (typeof below === 'string') return;
    at.set(key, below);
    at = below;
  }
  if (value !== '{') at.set(last, value);
  else if (!at.has(last)) at.set(last, new Map());
}

function textOf(known: Known): string {
  if (typeof known === 'string') return known;
  return `{${[...known].map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join()}}`;
}
