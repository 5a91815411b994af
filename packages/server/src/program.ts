import { LedgerError } from '@pawprint/ledger';
import { AddressUnavailable } from './address-unavailable.ts';
import { ConfigError, readConfig } from './config/config.ts';
import { processEnvironment } from './config/env.ts';
import { startInstance } from './instance.ts';
import { RestoreRefused } from './ledger/take-over-ledger.ts';
import { DirectoryUnavailable } from './storage/instance-lock.ts';
import { StoreError } from './store/store.ts';

/** Runs one instance until it is asked to stop. */
export async function runProgram(): Promise<void> {
  await runInstance().catch(fail);
}

async function runInstance(): Promise<void> {
  const config = readConfig(processEnvironment());
  const instance = await startInstance(config, report);
  console.log(`Pawprint answers at ${instance.address}`);
  console.log(`Data directory: ${config.dataDirectory}`);
  if (instance.setUpLink !== undefined) {
    console.log(`Set up the first administrator (works once, for 24 hours): ${instance.setUpLink}`);
  }
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal means now: what is committed is safe.
      if (stopping) process.exit(1);
      stopping = true;
      instance.stop().catch(fail);
    });
  }
}

function report(message: string, cause?: unknown): void {
  console.error(`${new Date().toISOString()} ${message}${cause === undefined ? '' : `: ${describe(cause)}`}`);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What an operator can mend is one line; what they can't comes with where it happened. */
function fail(error: unknown): void {
  const expected =
    error instanceof ConfigError ||
    error instanceof AddressUnavailable ||
    error instanceof DirectoryUnavailable ||
    error instanceof LedgerError ||
    error instanceof RestoreRefused ||
    error instanceof StoreError;
  console.error(expected ? error.message : describe(error));
  process.exitCode = 1;
}
