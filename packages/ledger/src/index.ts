export type { AssignedEntry, Journal, Published } from './journal.ts';
export { type Ledger, type LedgerListener, type LedgerOptions, openLedger } from './ledger.ts';
export { LedgerError, type LedgerErrorCode } from './ledger-error.ts';
export { createSigner, loadSigner, type Signer } from './signer.ts';
export { openDirectoryStore } from './storage/directory-store.ts';
export { createDurableFile } from './storage/durable-file.ts';
export type { ObjectStore } from './storage/object-store.ts';
export { systemTimers, type Timers } from './timers.ts';
