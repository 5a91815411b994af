import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestInstance } from '@pawprint/testing';
import { quantile, report, shown } from './report.ts';

/**
 * From sending an action, which is before its commit, until a signed checkpoint covers its record; by one client, and by
 * sixteen at once. Then the storage of each record. `node bench/covered.ts [actions of each client]`
 */
const [actions = '100'] = process.argv.slice(2);
await using instance = await startTestInstance();
const { admin } = instance;
const { ledger } = instance.instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

/** Told when a checkpoint covers the record with their marker. */
const waiting = new Map<string, () => void>();
let seen = ledger.size;
const watch = setInterval(async () => {
  const from = seen;
  seen = ledger.size;
  for (const entry of await ledger.read(from, seen)) {
    const [marker = ''] = /covered-\d+-x/.exec(Buffer.from(entry).toString()) ?? [];
    waiting.get(marker)?.();
    waiting.delete(marker);
  }
}, 2);
let acted = 0;

async function act(): Promise<number> {
  acted += 1;
  const name = `covered-${acted}-x`;
  const covered = new Promise<void>((resolve) => waiting.set(name, resolve));
  const sent = performance.now();
  await admin.ask('query ($name: String!) { roles(input: {nameContains: $name}) { id } }', { name });
  await covered;
  return performance.now() - sent;
}

async function client(times: number[]): Promise<void> {
  for (let action = 0; action < Number(actions); action += 1) times.push(await act());
}

/** Bytes of all files below a folder of the data directory, or of all of them but those that do not grow with the log. */
async function storedBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const file of glob(join(instance.dataDirectory, folder, '**'))) {
    const found = await stat(file);
    if (found.isFile() && !/\/reserve$|-wal$|-shm$/.test(file)) bytes += found.size;
  }
  return bytes;
}

const results: Record<string, unknown> = {};
for (const clients of [1, 16]) {
  const times: number[] = [];
  await Promise.all(Array.from({ length: clients }, () => client(times)));
  const summary = { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: quantile(times, 1) };
  results[`clients${clients}Ms`] = summary;
  console.log(
    `${clients} clients: covered after ${shown(summary.p50)} ms (p99 ${shown(summary.p99)}, at most ${shown(summary.max)})`,
  );
}
clearInterval(watch);

const many = Array.from({ length: 20 }, (_, field) => `f${field}: generalSettings { companyName }`).join(' ');
for (let request = 0; request < 200; request += 1) await admin.ask(`{ ${many} }`);
await instance.records();
const perRecord = async (folder: string) => (await storedBytes(folder)) / ledger.size;
const storage = {
  ledger: await perRecord('ledger'),
  lake: await perRecord('lake'),
  all: await perRecord(''),
};
console.log(
  `${ledger.size} records: ${shown(storage.ledger)} bytes each in the ledger, ${shown(storage.lake)} in the lake, ${shown(storage.all)} with the database and all else`,
);
report('covered', { ...results, records: ledger.size, bytesPerRecord: storage });
