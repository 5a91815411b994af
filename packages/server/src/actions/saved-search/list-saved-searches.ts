import * as z from 'zod';
import { defineRead } from '../action.ts';
import { requireAuditLogAccess } from '../audit-log/audit-log-access.ts';
import { asSavedSearches, ownerOf } from './saved-search.ts';

/** The caller's own, and those that others share. */
export const listSavedSearches = defineRead({
  name: 'LIST_SAVED_SEARCHES',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  async run({ reader, caller }) {
    requireAuditLogAccess(caller);
    const rows = await reader
      .selectFrom('saved_searches')
      .selectAll()
      .where((eb) => eb.or([eb('owner', '=', ownerOf(caller)), eb('shared', '=', 1)]))
      .orderBy('name_key')
      .orderBy('id')
      .execute();
    return asSavedSearches(reader, rows, caller);
  },
});
