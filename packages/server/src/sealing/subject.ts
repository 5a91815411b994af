import type { Actor } from '@pawprint/record';
import { anonymousId, systemActor } from '../actions/caller.ts';

/** The one subject of all whom the instance does not know. */
export const strangers = 'ANONYMOUS';

/**
 * Whose key an actor's data is sealed under: `USER:<id>`, `TOKEN:<id>` (as `actorReference` writes them), or `ANONYMOUS`.
 * Undefined for the instance itself, which is nobody.
 */
export function subjectOf({ id, type }: Pick<Actor, 'id' | 'type'>): string | undefined {
  if (id === systemActor.id) return undefined;
  return id === anonymousId ? strangers : `${type}:${id}`;
}
