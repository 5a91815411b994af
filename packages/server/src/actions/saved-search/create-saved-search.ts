import * as z from 'zod';
import { nameKey } from '../../access/text-field.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireAuditLogAccess } from '../audit-log/audit-log-access.ts';
import {
  asSavedSearches,
  ownerOf,
  requireFreeSearchName,
  savedSearchDetails,
  savedSearchFields,
} from './saved-search.ts';

/** Of one owner. */
const searchesMax = 200;

export const createSavedSearch = defineChange({
  name: 'CREATE_SAVED_SEARCH',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ input: z.strictObject(savedSearchFields) }),
  async run({ transactor, caller, now, services, annotate }, { input: { name, query, isShared } }) {
    requireAuditLogAccess(caller);
    const owner = ownerOf(caller);
    const { count } = await transactor
      .selectFrom('saved_searches')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner', '=', owner)
      .executeTakeFirstOrThrow();
    if (count >= searchesMax) {
      throw new ActionError('CONFLICT', `You have ${searchesMax} saved searches; delete some first`);
    }
    await requireFreeSearchName(transactor, caller, name);
    const row = await transactor
      .insertInto('saved_searches')
      .values({
        ...{ id: services.newId(), owner, name, name_key: nameKey(name), query },
        ...{ shared: isShared ? 1 : 0, created_at: now, updated_at: now },
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ after: savedSearchDetails(row, caller) });
    const [savedSearch] = await asSavedSearches(transactor, [row], caller);
    return { savedSearch };
  },
});
