import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { TestLog } from '../test-log.ts';
import type { FromSequencer, ToSequencer } from './sequencer-process.ts';

/** A ledger in a process of its own, which a test may kill or let meet faults of the disk. */
class SequencerProcess {
  readonly errors: string[] = [];
  readonly #child: ChildProcess;
  readonly #log: TestLog;
  readonly #events = new EventEmitter();

  static async start(log: TestLog, context: TestContext): Promise<SequencerProcess> {
    const started = new SequencerProcess(log);
    context.after(() => void started.#child.kill('SIGKILL'));
    await once(started.#events, 'settled');
    return started;
  }

  constructor(log: TestLog) {
    this.#log = log;
    const program = join(import.meta.dirname, 'sequencer-process.ts');
    this.#child = fork(program, [log.storeFolder], { serialization: 'advanced', silent: true });
    this.#child.on('message', (message) => void this.#take(message as FromSequencer));
  }

  /** Entries are acknowledged, whatever becomes of the process. */
  add(count: number): void {
    this.#log.add(count);
    this.#send({ kind: 'notify' });
  }

  async settled(): Promise<void> {
    const settled = once(this.#events, 'settled', { signal: AbortSignal.timeout(120_000) });
    this.#send({ kind: 'settle' });
    await settled;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Makes calls of one kind fail from now on: all, or every third. Returns what ends it. */
  async injectFaults(syscall: string, error: string, when: string): Promise<() => Promise<unknown>> {
    // Pipes and the threads' own signals are written, too; files are written under these names only.
    const written = Array.from({ length: 400 }, (_, n) =>
      join(this.#log.storeFolder, '.tmp', `temporary-0-0-0-${n}`),
    );
    const paths = syscall === 'write' ? written.flatMap((path) => ['-P', path]) : [];
    const inject = `inject=${syscall}:error=${error}${when}`;
    const args = ['-f', ...paths, '-e', `trace=${syscall}`, '-e', inject, '-p', String(this.#child.pid)];
    const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(strace, 'exit');
    const attached = Promise.withResolvers<void>();
    let said = '';
    strace.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      // What it says of each call that fails is not kept.
      if (said.length < 10_000) said += chunk;
      if (said.includes('attached')) attached.resolve();
    });
    void ended.then(() => attached.reject(new Error(`strace ended: ${said}`)));
    await attached.promise;
    return () => {
      strace.kill('SIGINT');
      return ended;
    };
  }

  async #take(message: FromSequencer): Promise<void> {
    if (message.kind === 'error') this.errors.push(message.code);
    if (message.kind === 'ask') {
      const { id, what, args } = message;
      this.#send({ kind: 'answer', id, value: await this.#answer(what, args) });
    } else {
      this.#events.emit(message.kind === 'error' ? 'failed' : message.kind);
    }
  }

  #answer(what: string, [first, second]: readonly unknown[]): unknown {
    const { journal, signer } = this.#log;
    switch (what) {
      case 'published':
        return journal.published();
      case 'assign':
        return journal.assign(first as number);
      case 'publish':
        return journal.publish(first as Parameters<typeof journal.publish>[0], second as number);
      case 'sign':
        return signer.sign(first as Uint8Array);
      case 'key':
        return signer.key;
      default:
        return signer.vkey;
    }
  }

  #send(message: ToSequencer): void {
    // Whoever was killed does not hear it.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

const canTrace = process.getuid?.() === 0 && existsSync('/usr/bin/strace');

suite('the disk', {
  skip: canTrace ? false : 'faults are put on a running process by root, with strace',
}, () => {
  let log: TestLog;
  before(async () => {
    log = await TestLog.create();
  });
  after(() => log.remove());

  for (const syscall of [
    'openat',
    'write',
    'fdatasync',
    'fsync',
    'close',
    'rename',
    'mkdir',
    'getdents64',
    'unlink',
    'rmdir',
  ]) {
    for (const [error, when, how] of [
      ['EIO', ':when=1+3', 'at every third call'],
      ['ENOSPC', '', 'at every call'],
    ] as const) {
      test(`that fails with ${error} ${how} of ${syscall} loses and doubles nothing`, async (context) => {
        const sequencer = await SequencerProcess.start(log, context);
        const heal = await sequencer.injectFaults(syscall, error, when);
        // Batches of one size could call in step with the faults, and meet them only where a failure changes nothing.
        for (let attempt = 0; attempt < 3_000 && sequencer.errors.length === 0; attempt += 1) {
          sequencer.add(1 + Math.floor(Math.random() * 300));
          await delay(20);
        }
        assert.deepEqual(new Set(sequencer.errors), new Set(['storage']));
        for (let more = 0; more < 10; more += 1) {
          sequencer.add(40);
          await delay(20);
        }
        assert.ok(sequencer.isAlive, 'the process survives');
        await heal();
        await sequencer.settled();
        await log.check({ partialsLeft: true });

        sequencer.add(300);
        await sequencer.kill();
        await log.settle();
      });
    }
  }
});

/** TEST_KILLS=200 is for longer looks. */
const kills = Number(process.env.TEST_KILLS ?? 30);

test(`a process killed ${kills} times at any moment loses and doubles nothing`, async (context) => {
  const log = await TestLog.create();
  context.after(() => log.remove());
  for (let round = 1; round <= kills; round += 1) {
    const sequencer = await SequencerProcess.start(log, context);
    const end = performance.now() + Math.random() * 150;
    while (performance.now() < end) {
      sequencer.add(1 + Math.floor(Math.random() * 200));
      await delay(Math.random() * 10);
    }
    await sequencer.kill();
    if (round % 10 === 0) await log.settle();
  }
});
