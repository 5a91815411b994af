import { type AuditRecord, decodeEntry } from '@pawprint/record';
import type { Reader } from '../store/store.ts';
import type { EntrySource } from './follow.ts';

/**
 * The newest record that waits for the ledger. To be asked before the ledger is opened, as it takes them: where none
 * waits, the newest is the last of the ledger. What a start left that the ledger refused does not count: it is no run.
 */
export async function lastWaitingRecord(reader: Reader): Promise<AuditRecord | undefined> {
  const rows = await reader.selectFrom('outbox').select('entry').orderBy('id', 'desc').limit(2).execute();
  const records = rows.flatMap(({ entry }) => recordOf(Buffer.from(entry)) ?? []);
  return records.find((record) => !isOfRefusedStart(record));
}

function isOfRefusedStart({ actionName, actionParams }: AuditRecord): boolean {
  const { kind } = (actionParams as { static?: { kind?: unknown } } | undefined)?.static ?? {};
  return actionName === 'REPORT_SYSTEM_ERROR' && kind === 'ledger_stopped';
}

/** The ledger's last record, or undefined while it is empty. */
export async function lastPublishedRecord(ledger: EntrySource): Promise<AuditRecord | undefined> {
  const [entry] = ledger.size === 0 ? [] : await ledger.read(ledger.size - 1, ledger.size);
  return entry === undefined ? undefined : recordOf(entry);
}

/** What can't be read as a record tells nothing here; the followers stop at it and say so. */
function recordOf(entry: Uint8Array): AuditRecord | undefined {
  try {
    return decodeEntry(entry).record;
  } catch {
    return undefined;
  }
}
