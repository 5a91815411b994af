import * as z from 'zod';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireAuditLogAccess, requireKept } from './audit-log-access.ts';
import { type EntryProof, proveEntry } from './entry-proof.ts';

/** It is not checked here: whoever asks does that, against the key they know. */
export const getAuditLogProof = defineRead({
  name: 'GET_AUDIT_LOG_PROOF',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ index: z.int().min(0) }),
  async run({ caller, services }, { index }): Promise<EntryProof> {
    requireAuditLogAccess(caller);
    requireKept(services.ledger, index, 'index');
    const proof = await proveEntry(services, index);
    if (proof === undefined)
      throw new ActionError('NOT_FOUND', `There is no record ${index}`, { field: 'index' });
    return proof;
  },
});
