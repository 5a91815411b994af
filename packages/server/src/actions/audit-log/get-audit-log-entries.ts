import { decodeEntry } from '@pawprint/record';
import { encodeEntryBundle, parseTilePath, tileWidth, treeHasTile } from '@pawprint/verifier';
import * as z from 'zod';
import { type Annotation, defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { PublishedLog } from '../services.ts';
import { requireAuditLogAccess, requireKept } from './audit-log-access.ts';

/** An entry bundle of the ledger (C2SP tlog-tiles, Log entries), by its path in the log. */
export const getAuditLogEntries = defineRead({
  name: 'GET_AUDIT_LOG_ENTRIES',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ path: z.string().max(64) }),
  async run({ caller, services, annotate }, { path }) {
    requireAuditLogAccess(caller);
    return encodeEntryBundle(await readBundle(services.ledger, path, annotate));
  },
});

/** Where the keys of a bundle are found: this takes the place of `tile/entries/` in its path. */
const openingsPrefix = 'openings/';

/**
 * For each entry of a bundle the keys that open its boxes, in base64, and null where a key was destroyed. With them and the
 * bundle whoever reads it has the readable records, and can make their hashes again.
 */
export const getAuditLogOpenings = defineRead({
  name: 'GET_AUDIT_LOG_ENTRIES',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ path: z.string().startsWith(openingsPrefix).max(64) }),
  async run({ caller, services, annotate }, { path }) {
    requireAuditLogAccess(caller);
    const bundlePath = `tile/entries/${path.slice(openingsPrefix.length)}`;
    const entries = await readBundle(services.ledger, bundlePath, annotate);
    const keys = await services.subjectKeys.entryKeys(entries.map(decodeEntry));
    return keys.map((ofEntry) => ofEntry.map((key) => key?.toBase64() ?? null));
  },
});

/** @throws ActionError NOT_FOUND */
async function readBundle(
  ledger: PublishedLog,
  path: string,
  annotate: Annotation,
): Promise<readonly Uint8Array[]> {
  const name = parseTilePath(path);
  if (name?.level !== 'entries' || !treeHasTile(ledger.size, name)) {
    throw new ActionError('NOT_FOUND', 'There is no such entry bundle', { field: 'path' });
  }
  const from = name.index * tileWidth;
  const to = from + name.width;
  requireKept(ledger, from, 'path');
  annotate.details({ from, to: to - 1 });
  return ledger.read(from, to);
}
