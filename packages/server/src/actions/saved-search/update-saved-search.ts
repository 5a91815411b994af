import * as z from 'zod';
import { nameKey } from '../../access/text-field.ts';
import { defineChange } from '../action.ts';
import { requireAuditLogAccess } from '../audit-log/audit-log-access.ts';
import {
  asSavedSearches,
  requireFreeSearchName,
  requireOwnSearch,
  savedSearchDetails,
  savedSearchFields,
} from './saved-search.ts';

const { name, query, isShared } = savedSearchFields;

/** What is left out stays as it is. */
export const updateSavedSearch = defineChange({
  name: 'UPDATE_SAVED_SEARCH',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({
    input: z.strictObject({
      id: z.string().max(256),
      name: name.nullish(),
      query: query.nullish(),
      isShared,
    }),
  }),
  async run({ transactor, caller, now, annotate }, { input }) {
    requireAuditLogAccess(caller);
    const before = await requireOwnSearch(transactor, caller, input.id);
    const name = input.name ?? before.name;
    await requireFreeSearchName(transactor, caller, name, before.id);
    const after = await transactor
      .updateTable('saved_searches')
      .set({
        ...{ name, name_key: nameKey(name), query: input.query ?? before.query, updated_at: now },
        shared: input.isShared == null ? before.shared : input.isShared ? 1 : 0,
      })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({
      before: savedSearchDetails(before, caller),
      after: savedSearchDetails(after, caller),
    });
    const [savedSearch] = await asSavedSearches(transactor, [after], caller);
    return { savedSearch };
  },
});
