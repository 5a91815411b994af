import '../packages/server/src/config/thread-pool.ts';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { auditEntries } from './audit-entries.ts';
import { median, report, shown } from './report.ts';
import { batchCount, batchesOf, openSequencing } from './sequencing.ts';

/**
 * Entries per second made durable by the ledger, by Tessera's POSIX driver and by immudb's embedded store: the same records
 * on the same disk, batch by batch, alternating. Needs Go. `node bench/peers.ts [rounds] [folder on the disk to measure]`
 */
const [rounds = '7', parent = tmpdir()] = process.argv.slice(2);
const peers = ['tessera', 'immudb'] as const;
async function measure(folder: string, program: string): Promise<void> {
  const entries = auditEntries(10_000);
  const records = join(folder, 'records');
  await writeFile(records, Buffer.concat(entries.flatMap((entry) => [uint32(entry.length), entry])));
  const results: Record<string, unknown> = {};
  console.log('batch  ledger entries/s  tessera  immudb  ledger/tessera  ledger/immudb');
  for (const batchSize of [1, 10, 100, 1_000, 10_000]) {
    const place = await mkdtemp(join(folder, 'batch-'));
    const batches = batchesOf(entries, batchSize, batchCount(batchSize));
    const ledger = await openSequencing(place, batchSize);
    const [tessera, immudb] = peers.map(
      (peer) =>
        new Peer(program, [peer, join(place, peer), records, String(batchSize), String(batches.length)]),
    );
    if (tessera === undefined || immudb === undefined) throw new Error('a peer is missing');
    const times: { ledger: number; tessera: number; immudb: number }[] = [];
    for (let round = -1; round < Number(rounds); round += 1) {
      const time = {
        ledger: await ledger.run(batches),
        tessera: await tessera.run(),
        immudb: await immudb.run(),
      };
      // The first round warms all up.
      if (round >= 0) times.push(time);
    }
    await ledger.close();
    tessera.end();
    immudb.end();
    const perSecond = (which: 'ledger' | (typeof peers)[number]) =>
      (batches.length * batchSize * 1_000) / median(times.map((time) => time[which]));
    const result = {
      ledger: perSecond('ledger'),
      tessera: perSecond('tessera'),
      immudb: perSecond('immudb'),
      timesTessera: median(times.map((time) => time.tessera / time.ledger)),
      timesImmudb: median(times.map((time) => time.immudb / time.ledger)),
    };
    results[batchSize] = result;
    console.log([batchSize, ...Object.values(result).map(shown)].join('  '));
  }
  report('peers', results);
}

/** A process that runs a round for each line and answers how long it took. */
class Peer {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(program: string, args: readonly string[]) {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process = child;
    this.#answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  async run(): Promise<number> {
    this.#process.stdin?.write('\n');
    const { value } = await this.#answers.next();
    if (value === undefined) throw new Error('a peer ended');
    return Number(value);
  }

  end(): void {
    this.#process.stdin?.end();
  }
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const folder = await mkdtemp(join(parent, 'pawprint-peers-'));
const program = join(folder, 'peers');
const built = spawnSync('go', ['build', '-o', program, '.'], {
  cwd: join(import.meta.dirname, 'peers'),
  encoding: 'utf8',
});
if (built.status === 0) await measure(folder, program);
else console.log(`Not measured, as Go or a module is missing: ${built.error?.message ?? built.stderr}`);
await rm(folder, { recursive: true });
