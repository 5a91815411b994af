import { hash } from 'node:crypto';
import {
  createTreeHasher,
  formatTlogProof,
  parseCheckpoint,
  parseNote,
  readInclusionProof,
} from '@pawprint/verifier';
import * as z from 'zod';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireAuditLogAccess, requireKept } from './audit-log-access.ts';

const hasher = createTreeHasher((data) => hash('sha256', data, 'buffer'));

/** One entry as it is hashed, and the proof that it is in the log (C2SP tlog-proof). */
export interface AuditLogProof {
  readonly entry: Uint8Array;
  readonly proof: string;
}

/** It is not checked here: whoever asks does that, against the key they know. */
export const getAuditLogProof = defineRead({
  name: 'GET_AUDIT_LOG_PROOF',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ index: z.int().min(0) }),
  async run({ caller, services: { ledger } }, { index }): Promise<AuditLogProof> {
    requireAuditLogAccess(caller);
    requireKept(ledger, index, 'index');
    const { checkpoint } = ledger;
    const { size } = parseCheckpoint(parseNote(checkpoint).text);
    const [entry] = index < size ? await ledger.read(index, index + 1) : [];
    if (entry === undefined) {
      throw new ActionError('NOT_FOUND', `There is no record ${index}`, { field: 'index' });
    }
    const inclusion = await readInclusionProof(ledger.objects, hasher, index, size);
    return { entry, proof: formatTlogProof({ ...inclusion, checkpoint }) };
  },
});
