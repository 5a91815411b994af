import * as z from 'zod';
import { defineChange } from '../action.ts';
import { requireAuditLogAccess } from '../audit-log/audit-log-access.ts';
import { requireOwnSearch, savedSearchDetails } from './saved-search.ts';

export const deleteSavedSearch = defineChange({
  name: 'DELETE_SAVED_SEARCH',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, caller, annotate }, { input: { id } }) {
    requireAuditLogAccess(caller);
    const before = await requireOwnSearch(transactor, caller, id);
    await transactor.deleteFrom('saved_searches').where('id', '=', id).execute();
    annotate.details({ before: savedSearchDetails(before, caller) });
    return { id };
  },
});
