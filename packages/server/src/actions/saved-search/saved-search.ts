import { ofPerson, personal } from '@pawprint/record';
import * as z from 'zod';
import { nameKey, nameSchema } from '../../access/text-field.ts';
import type { Rows } from '../../store/store.ts';
import type { SavedSearchRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import { actorReference, type Caller } from '../caller.ts';

/** A search of the audit log under a name, as the API shows it. */
export interface SavedSearch {
  readonly id: string;
  readonly name: string;
  /** The filters as they stand in the console's address, such as `action=SIGN_IN&range=24h`. */
  readonly query: string;
  readonly isShared: boolean;
  /** Null where they are gone. */
  readonly owner: ActorObject | null;
  /** Whether the caller may change it. */
  readonly isOwn: boolean;
  readonly updatedAt: string;
}

/** What a caller says about one. What is searched for may identify somebody. */
export const savedSearchFields = {
  name: nameSchema,
  query: personal(z.string().max(4_096, 'at most 4,096 characters')),
  isShared: z.boolean().nullish(),
};

/** Whose searches the caller's are. */
export function ownerOf(caller: Caller): string {
  return actorReference(caller) ?? 'SYSTEM';
}

export async function asSavedSearches(
  rows: Rows,
  found: readonly SavedSearchRow[],
  caller: Caller,
): Promise<readonly SavedSearch[]> {
  const actor = await loadActors(
    rows,
    found.map(({ owner }) => owner),
  );
  return found.map((row) => ({
    id: row.id,
    name: row.name,
    query: row.query,
    isShared: row.shared === 1,
    owner: actor(row.owner),
    isOwn: row.owner === ownerOf(caller),
    updatedAt: row.updated_at,
  }));
}

/** What a record tells of a saved search. */
export function savedSearchDetails(row: SavedSearchRow, caller: Caller): Record<string, unknown> {
  const { id, name, query, shared } = row;
  return { id, name, query: ofPerson(ownerOf(caller), query), isShared: shared === 1 };
}

/** One of the caller's own: nobody else may change it. @throws ActionError NOT_FOUND, also for another's that is not shared; FORBIDDEN. */
export async function requireOwnSearch(rows: Rows, caller: Caller, id: string): Promise<SavedSearchRow> {
  const field = 'input.id';
  const row = await rows.selectFrom('saved_searches').selectAll().where('id', '=', id).executeTakeFirst();
  const isOwn = row?.owner === ownerOf(caller);
  if (row === undefined || (!isOwn && row.shared === 0)) {
    throw new ActionError('NOT_FOUND', `There is no saved search ${id}`, { field });
  }
  if (!isOwn) throw new ActionError('FORBIDDEN', 'Only who saved a search may change it', { field });
  return row;
}

/** @throws ActionError ALREADY_EXISTS. @param exceptId the search that may keep its name. */
export async function requireFreeSearchName(
  rows: Rows,
  caller: Caller,
  name: string,
  exceptId?: string,
): Promise<void> {
  const taken = await rows
    .selectFrom('saved_searches')
    .select('id')
    .where('owner', '=', ownerOf(caller))
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (taken === undefined || taken.id === exceptId) return;
  throw new ActionError('ALREADY_EXISTS', `You have a saved search called ${name} already`, {
    field: 'input.name',
  });
}
