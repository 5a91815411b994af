import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSigner, loadSigner, openDirectoryStore, openLedger } from '@pawprint/ledger';
import type { Permission } from '@pawprint/record';
import { allLogTypes } from '../../src/access/log-type-access.ts';
import { noLimits } from '../../src/access/query-limits.ts';
import type { Caller } from '../../src/actions/caller.ts';
import { startInstance } from '../../src/actions/instance/start-instance.ts';
import { createRole } from '../../src/actions/role/create-role.ts';
import { deleteRole } from '../../src/actions/role/delete-role.ts';
import { type Call, createActionRunner } from '../../src/actions/run-action.ts';
import { follow } from '../../src/followers/follow.ts';
import { historyFollower } from '../../src/followers/history.ts';
import { createKeyWrapper } from '../../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../../src/sealing/subject-keys.ts';
import { OutboxJournal } from '../../src/store/outbox-journal.ts';
import { openPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { openWitnessSigner } from '../../src/witnesses/witness-signer.ts';
import { createTestServices } from '../test-services.ts';

/**
 * A process that acts as fast as it can until it is killed: creates roles, deletes some, is refused some. Writes one
 * line to standard output for each action that was acknowledged: `created <id>`, `deleted <id>` or `refused <name>`.
 */
const [directory = '', databaseUrl] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const store =
  databaseUrl === undefined
    ? await openSqliteStore(join(directory, 'pawprint.db'))
    : await openPostgresqlStore(databaseUrl);
const journal = await OutboxJournal.open(store, 'pawprint/crash-test');
const keyFile = join(directory, 'ledger.pem');
const signer = (await loadSigner(keyFile, journal.origin)) ?? (await createSigner(keyFile, journal.origin));
const ledger = await openLedger({
  store: await openDirectoryStore(join(directory, 'ledger')),
  journal,
  signer,
  publishIntervalMs: 5,
});
const subjectKeys = new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(Buffer.alloc(32)) });
follow(ledger, historyFollower(store, subjectKeys), {
  failed(_, error) {
    throw error;
  },
  works: () => undefined,
});

const runner = createActionRunner({
  transact: store.transact,
  reader: store.reader,
  services: createTestServices({
    ledger: Object.assign(ledger, { witnessed: undefined }),
    witnessSigner: await openWitnessSigner(join(directory, 'witness.pem')),
    subjectKeys,
  }),
  onRecorded: () => ledger.notify(),
  onInternalError: (error) => {
    throw error;
  },
});

/** Another one in each process, so that keys are made while it is killed. */
const robot: Caller = {
  kind: 'token',
  id: randomUUID(),
  name: 'Robot',
  permissions: new Set<Permission>(['UserModify']),
  logTypeAccess: allLogTypes,
  queryLimits: noLimits,
};

function call(input: unknown, caller: Caller = robot): Call {
  return {
    caller,
    origin: {},
    description: '',
    input,
    params: { dynamic: input, static: {} },
  };
}

async function actForever(): Promise<never> {
  for (;;) {
    const name = `role ${randomUUID()}`;
    const { role } = await runner.run(createRole, call({ input: { name, permissions: [] } }));
    if (role === undefined) throw new Error('no role');
    process.stdout.write(`created ${role.id}\n`);
    await runner.run(createRole, call({ input: { name, permissions: [] } })).then(
      () => {
        throw new Error('a name was taken twice');
      },
      () => process.stdout.write(`refused ${name}\n`),
    );
    if (Math.random() < 0.3) {
      await runner.run(deleteRole, call({ input: { id: role.id } }));
      process.stdout.write(`deleted ${role.id}\n`);
    }
  }
}

await runner.run(startInstance, call({}, { kind: 'system' }));
process.stdout.write('ready\n');
await Promise.all(Array.from({ length: 16 }, actForever));
