import { hash } from 'node:crypto';
import { decodeEntry, type OpenedEntry } from '@pawprint/record';
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
import type { PublishedLog } from '../services.ts';
import { requireAuditLogAccess, requireKept } from './audit-log-access.ts';

const hasher = createTreeHasher((data) => hash('sha256', data, 'buffer'));

/** One entry as it is hashed, and the proof that it is in the log (C2SP tlog-proof). */
export interface AuditLogProof {
  readonly entry: Uint8Array;
  /** The same readable, with the keys to make the hashed form from it. */
  readonly opened: OpenedEntry;
  readonly proof: string;
}

/** It is not checked here: whoever asks does that, against the key they know. */
export const getAuditLogProof = defineRead({
  name: 'GET_AUDIT_LOG_PROOF',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ index: z.int().min(0) }),
  async run({ caller, services: { ledger, subjectKeys } }, { index }): Promise<AuditLogProof> {
    requireAuditLogAccess(caller);
    requireKept(ledger, index, 'index');
    const { checkpoint, size } = coveringCheckpoint(ledger, index);
    const [entry] = index < size ? await ledger.read(index, index + 1) : [];
    const [opened] = entry === undefined ? [] : await subjectKeys.open([decodeEntry(entry)]);
    if (entry === undefined || opened === undefined) {
      throw new ActionError('NOT_FOUND', `There is no record ${index}`, { field: 'index' });
    }
    const inclusion = await readInclusionProof(ledger.objects, hasher, index, size);
    return { entry, opened, proof: formatTlogProof({ ...inclusion, checkpoint }) };
  },
});

/** One that witnesses vouch for, if it covers the entry already; else the newest. */
function coveringCheckpoint({ checkpoint, witnessed = checkpoint }: PublishedLog, index: number) {
  const sizeOf = (note: string) => parseCheckpoint(parseNote(note).text).size;
  return index < sizeOf(witnessed)
    ? { checkpoint: witnessed, size: sizeOf(witnessed) }
    : { checkpoint, size: sizeOf(checkpoint) };
}
