import type { LedgerError, LedgerErrorCode } from '@pawprint/ledger';
import type { SystemErrors } from './system-errors.ts';

/** Whether what is recorded gets into the ledger; where it does not, it waits in the database. */
export type LedgerState = 'works' | 'waits' | 'stopped';

/** Turns what befalls the ledger into system errors, and knows how it is. */
export class LedgerWatch {
  readonly #systemErrors: Pick<SystemErrors, 'report' | 'resolve'>;
  #state: LedgerState = 'works';

  constructor(systemErrors: Pick<SystemErrors, 'report' | 'resolve'>) {
    this.#systemErrors = systemErrors;
  }

  get state(): LedgerState {
    return this.#state;
  }

  /** Something of the ledger failed. */
  failed(error: LedgerError): void {
    // A subscriber's mistake is not the ledger's.
    if (error.code === 'listener' || this.#state === 'stopped') return;
    if (error.code === 'storage' || error.code === 'journal') {
      this.#state = 'waits';
      this.#systemErrors.report(
        { kind: 'ledger_storage' },
        `The ledger takes no records for now: ${error.message}. They wait in the database, and it tries again`,
      );
    } else {
      this.#state = 'stopped';
      this.#systemErrors.report({ kind: 'ledger_stopped' }, describeStop(error));
    }
  }

  /** It took all that waited. */
  works(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'works';
    this.#systemErrors.resolve({ kind: 'ledger_storage' });
    this.#systemErrors.resolve({ kind: 'ledger_stopped' });
  }
}

/** Whether trying again would help nothing. */
export function stopsForGood({ code }: LedgerError): boolean {
  return cures[code] !== undefined;
}

/** Why the ledger has stopped for good, and what helps. */
export function describeStop(error: LedgerError): string {
  const cure = cures[error.code];
  return [
    `The ledger has stopped: ${error.message}`,
    ...(cure === undefined ? [] : [cure]),
    'Nothing is signed any more, so that no second history begins; records wait in the database',
  ].join('. ');
}

const restoreObjects =
  "The ledger's objects are not those that were signed, as after restoring an older copy of them: bring back the newest one (`pawprint verify log` names what differs)";

const cures: { readonly [Code in LedgerErrorCode]?: string } = {
  store_ahead:
    'The database is older than the ledger, as after restoring a backup of the one without the other: bring back the newest database',
  tree_mismatch: restoreObjects,
  missing_object: restoreObjects,
  corrupt_object: restoreObjects,
  conflict: 'Another process has written to the same database: let only one run, and start it again',
  wrong_key: "The key in the file of the ledger's key is not the one it was signed with: bring that one back",
  signing_key: 'Bring back the file of the key: without it nobody can go on with this ledger',
  invalid_entry: "The database's waiting records do not continue the ledger: bring back the newest database",
};
