import { ApiError, codeOfStatus } from '../../api/api-error.ts';

const storageKey = 'pawprint.ledger-key';

/** The ledger's public key as this browser first saw it: what the instance says of its own key later proves nothing. */
export interface LedgerKey {
  /** The key to check with. */
  readonly trusted: string;
  /** The key that the instance names now, where it is another one. */
  readonly changedTo?: string;
}

/** Compares the key that the instance names with the one seen first, and keeps the first one ever seen. */
export function pinLedgerKey(served: string, storage: Pick<Storage, 'getItem' | 'setItem'>): LedgerKey {
  const trusted = storage.getItem(storageKey);
  if (trusted === null) storage.setItem(storageKey, served);
  return trusted === null || trusted === served ? { trusted: served } : { trusted, changedTo: served };
}

/** Someone decided that the new key is right. */
export function trustLedgerKey(vkey: string, storage: Pick<Storage, 'setItem'>): void {
  storage.setItem(storageKey, vkey);
}

/** The key as the instance names it; a C2SP signed-note "vkey". */
export async function fetchLedgerKey(signal: AbortSignal): Promise<string> {
  const response = await fetch('/ledger/vkey', { signal });
  const text = await response.text();
  if (response.ok) return text.trim();
  throw new ApiError(
    codeOfStatus(response.status),
    `The instance answered ${response.status} for its ledger's key.`,
    {
      status: response.status,
    },
  );
}
