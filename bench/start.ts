import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median, report, shown } from './report.ts';

/** From `npm start` to an answer, on an empty and on a used data directory, and the memory at rest after it. */
const folder = await mkdtemp(join(tmpdir(), 'pawprint-start-'));
const environment = {
  ...process.env,
  PAWPRINT_DATA_DIR: join(folder, 'data'),
  PAWPRINT_LISTEN: '127.0.0.1:0',
  PAWPRINT_ADMIN_EMAIL: 'admin@example.com',
  PAWPRINT_ADMIN_PASSWORD: 'an uncommon pass phrase',
};

interface Start {
  readonly answeredMs: number;
  readonly residentMB: number;
}

async function startOnce(restMs: number): Promise<Start> {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    const [, address] = /answers at (http:\S+)/.exec(output) ?? [];
    if (address !== undefined) {
      const response = await fetch(`${address}/readyz`);
      if (!response.ok) throw new Error(`readyz: ${response.status}`);
      break;
    }
  }
  const answeredMs = performance.now() - began;
  await delay(restMs);
  const residentMB = await residentMegabytes(child.pid ?? 0);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  await ended;
  return { answeredMs, residentMB };
}

/** The server among the processes of npm's group, and its children. */
async function residentMegabytes(group: number): Promise<number> {
  const { stdout } = spawnText('ps', ['-e', '-o', 'pgid=,rss=,args=']);
  const lines = (await stdout).split('\n').filter((line) => line.trim().startsWith(`${group} `));
  const server = lines.filter((line) => line.includes('/src/'));
  return server.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[1]), 0) / 1024;
}

function spawnText(program: string, args: readonly string[]): { stdout: Promise<string> } {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return { stdout: child.stdout.toArray().then((chunks) => chunks.join('')) };
}

const empty = await startOnce(5_000);
const used: Start[] = [];
for (let round = 0; round < 5; round += 1) used.push(await startOnce(5_000));
const results = {
  emptyDirectoryMs: empty.answeredMs,
  usedDirectoryMs: median(used.map(({ answeredMs }) => answeredMs)),
  restingMB: median(used.map(({ residentMB }) => residentMB)),
};
console.log(
  `npm start to an answer: ${shown(results.emptyDirectoryMs)} ms on an empty directory, ${shown(results.usedDirectoryMs)} ms on a used one; at rest ${shown(results.restingMB)} MB`,
);
report('start', results);
await rm(folder, { recursive: true, force: true });
