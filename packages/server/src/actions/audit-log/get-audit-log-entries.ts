import { encodeEntryBundle, parseTilePath, tileWidth, treeHasTile } from '@pawprint/verifier';
import * as z from 'zod';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireAuditLogAccess, requireKept } from './audit-log-access.ts';

/** An entry bundle of the ledger (C2SP tlog-tiles, Log entries), by its path in the log. */
export const getAuditLogEntries = defineRead({
  name: 'GET_AUDIT_LOG_ENTRIES',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ path: z.string().max(64) }),
  async run({ caller, services, annotate }, { path }) {
    requireAuditLogAccess(caller);
    const name = parseTilePath(path);
    if (name?.level !== 'entries' || !treeHasTile(services.ledger.size, name)) {
      throw new ActionError('NOT_FOUND', 'There is no such entry bundle', { field: 'path' });
    }
    const from = name.index * tileWidth;
    const to = from + name.width;
    requireKept(services.ledger, from, 'path');
    annotate.details({ from, to: to - 1 });
    return encodeEntryBundle(await services.ledger.read(from, to));
  },
});
