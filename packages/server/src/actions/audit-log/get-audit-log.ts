import * as z from 'zod';
import { readHistoryEntry } from '../../followers/history.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireAuditLogAccess, requireKept } from './audit-log-access.ts';

export const getAuditLog = defineRead({
  name: 'GET_AUDIT_LOG',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ index: z.int().min(0) }),
  async run({ caller, services }, { index }) {
    requireAuditLogAccess(caller);
    requireKept(services.ledger, index, 'index');
    const entry = await readHistoryEntry(services.ledger, index);
    if (entry === undefined)
      throw new ActionError('NOT_FOUND', `There is no record ${index}`, { field: 'index' });
    return entry;
  },
});
