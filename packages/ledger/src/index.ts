export type { AssignedEntry, Journal, Published } from './journal.ts';
export { type Ledger, type LedgerListener, type LedgerOptions, openLedger } from './ledger.ts';
export { LedgerError, type LedgerErrorCode } from './ledger-error.ts';
export { createSigner, loadSigner, type Signer } from './signer.ts';
export { openDirectoryStore } from './storage/directory-store.ts';
export type { ObjectStore, WriteOptions } from './storage/object-store.ts';
export { type LockMode, openS3Store, type S3Credentials, type S3Location } from './storage/s3-store.ts';
export { systemTimers, type Timers } from './timers.ts';
