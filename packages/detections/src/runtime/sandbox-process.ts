import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DetectionError } from '../detection-error.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import { exitCodes, type Reply, type Request } from './messages.ts';

export interface SandboxProcessOptions {
  readonly program: URL;
  readonly programArguments: readonly string[];
  /** Folders and files the program may read: its own code. Nothing else of the machine is open to it. */
  readonly readable: readonly string[];
  readonly nodeArguments: readonly string[];
  /** Sent first, before the process says it is ready. */
  readonly start?: Uint8Array;
  /** How long the process may take to be ready, milliseconds. */
  readonly startMs: number;
}

/**
 * Answers what rules ask for from outside their sandbox.
 * @param event the position of the event they were asked about, as the sandbox says; null outside of one.
 */
export type AnswerCall = (
  operation: string,
  args: readonly unknown[],
  event: number | null,
) => unknown | Promise<unknown>;

/** One answer: what was said, and the text that came with it. */
export interface Item {
  readonly failure?: string;
  readonly body: string;
}

export interface AskOptions {
  readonly body?: string;
  readonly answerCall?: AnswerCall;
  /** Each item must follow the last within this time, milliseconds. */
  readonly itemMs: number;
  readonly onItem?: (item: Item) => void;
}

/** The process ended while it worked on a request: of its own, or because an item took too long. */
export class SandboxEndedError extends Error {
  readonly reason: 'time' | 'memory' | 'crash';

  constructor(reason: SandboxEndedError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * A process that runs rules: no environment, no files but its own code, no network, no further processes, as far as Node's permission
 * model goes. One request at a time.
 */
export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #decoder = new FrameDecoder();
  readonly #ended: Promise<string>;
  #isGone = false;
  #wake: () => void = () => undefined;
  #stderr = '';

  private constructor(options: SandboxProcessOptions) {
    const { program, programArguments, readable, nodeArguments } = options;
    this.#child = spawn(
      process.execPath,
      [
        '--permission',
        ...readable.map((path) => `--allow-fs-read=${path}`),
        // No text becomes code by `eval` or `new Function` here, whoever gets hold of them.
        '--disallow-code-generation-from-strings',
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=PERM0001',
        ...nodeArguments,
        program.pathname,
        ...programArguments,
      ],
      { env: { TZ: 'UTC' }, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk);
      this.#wake();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-2000);
    });
    // Its end is seen where its answer is waited for.
    this.#child.stdin?.on('error', () => undefined);
    this.#ended = Promise.all([once(this.#child, 'exit'), once(this.#child, 'close')]).then(
      ([[code, signal]]) => this.#end(signal ?? `code ${code}`),
      (error) => this.#end(String(error)),
    );
    this.#keepAlive(false);
  }

  /** @throws DetectionError `runtime_failed` */
  static async start(options: SandboxProcessOptions): Promise<SandboxProcess> {
    const started = new SandboxProcess(options);
    if (options.start !== undefined) started.#write(encodeFrame({ kind: 'start' }, options.start));
    try {
      await started.#receive(options.startMs);
      return started;
    } catch (error) {
      throw new DetectionError('runtime_failed', 'the process for rules did not start', {
        cause: new Error(started.#stderr || 'it said nothing', { cause: error }),
      });
    }
  }

  /** Starts a process that gives one text or file and ends. */
  static async produce(options: SandboxProcessOptions): Promise<Uint8Array> {
    const producer = new SandboxProcess(options);
    producer.#write(encodeFrame({ kind: 'start' }, options.start ?? ''));
    try {
      return (await producer.#receive(options.startMs)).body;
    } catch (error) {
      throw new DetectionError('runtime_failed', 'the process for rules did not start', {
        cause: new Error(producer.#stderr || 'it said nothing', { cause: error }),
      });
    } finally {
      await producer.end();
    }
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Asks and waits until all is said.
   * @returns the memory it uses.
   * @throws SandboxEndedError; DetectionError `runtime_failed` for what no item is to blame for.
   */
  async ask(request: Request, options: AskOptions): Promise<number> {
    this.#keepAlive(true);
    try {
      this.#write(encodeFrame(request, options.body));
      for (;;) {
        const { header, body } = await this.#receive(options.itemMs);
        const reply = header as Reply;
        if (reply.kind === 'item') {
          const { failure } = reply;
          options.onItem?.({ ...(failure !== undefined && { failure }), body: body.toString() });
        } else if (reply.kind === 'call') await this.#answer(reply, options.answerCall);
        else if (reply.kind === 'done') {
          if (reply.error !== undefined) throw new DetectionError('runtime_failed', reply.error);
          return reply.memoryBytes ?? 0;
        }
      }
    } finally {
      this.#keepAlive(false);
    }
  }

  /** Ends the process at once. */
  async end(): Promise<void> {
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #answer(
    { operation, args, event }: Extract<Reply, { readonly kind: 'call' }>,
    answerCall: AnswerCall | undefined,
  ): Promise<void> {
    let answer: Extract<Request, { readonly kind: 'answer' }>;
    try {
      if (answerCall === undefined) throw new Error(`${operation} is not available here`);
      answer = { kind: 'answer', value: (await answerCall(operation, args, event)) ?? null };
    } catch (error) {
      answer = { kind: 'answer', error: error instanceof Error ? error.message : String(error) };
    }
    this.#write(encodeFrame(answer));
  }

  /** The next message, or the end of a process that is too slow. */
  async #receive(withinMs: number): Promise<{ readonly header: unknown; readonly body: Buffer }> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const frame = await this.#decode();
      if (frame !== undefined) return frame;
      if (this.#isGone) {
        const how = await this.#ended;
        throw new SandboxEndedError(
          how === `code ${exitCodes.outOfMemory}` ? 'memory' : 'crash',
          `the process ended with ${how}`,
        );
      }
      const rest = deadline - performance.now();
      if (rest <= 0) {
        await this.end();
        throw new SandboxEndedError('time', `did not end within ${withinMs} ms`);
      }
      await this.#somethingNew(rest);
    }
  }

  async #decode(): Promise<ReturnType<FrameDecoder['next']>> {
    try {
      return this.#decoder.next();
    } catch (error) {
      await this.end();
      throw new SandboxEndedError('crash', `the process spoke nonsense: ${error}`);
    }
  }

  async #somethingNew(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.ceil(withinMs));
    await promise;
    clearTimeout(timer);
  }

  #write(bytes: Uint8Array): void {
    this.#child.stdin?.write(bytes);
  }

  #end(how: string): string {
    this.#isGone = true;
    this.#wake();
    return how;
  }

  /** An idle process must not keep the one that started it from ending. */
  #keepAlive(alive: boolean): void {
    const parts = [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr];
    for (const part of parts as readonly { ref?(): void; unref?(): void }[]) {
      if (alive) part.ref?.();
      else part.unref?.();
    }
  }
}
