import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRuntime, type Runtime } from '../runtime.ts';
import { type AnswerCall, SandboxProcess } from '../sandbox-process.ts';

export interface TypeScriptRuntimeOptions {
  /** How long one rule may take for a batch, milliseconds. */
  readonly batchMs?: number;
  /** For all rules together. */
  readonly memoryMegabytes?: number;
  readonly answerCall?: AnswerCall;
}

const stopGraceMs = 2000;

/** Rules in TypeScript, in a V8 isolate of a process of their own. Simple detections run beside it. */
export function createTypeScriptRuntime(options: TypeScriptRuntimeOptions = {}): Runtime {
  const { batchMs = 15_000, memoryMegabytes = 256, answerCall } = options;
  return createRuntime({
    start: () =>
      SandboxProcess.start({
        program: new URL('./program.ts', import.meta.url),
        programArguments: [String(memoryMegabytes), String(batchMs)],
        readable: readableBy('isolated-vm', 'node-gyp-build').concat('/etc/alpine-release'),
        nodeArguments: ['--allow-addons', '--no-node-snapshot'],
        startMs: 30_000,
      }),
    // The isolate stops a rule itself; what it can't stop is ended a little later.
    batchMs: batchMs + stopGraceMs,
    memoryBytesMax: Number.POSITIVE_INFINITY,
    answerCall,
  });
}

/** Our own source and the packages named: what such a program must read to start. */
export function readableBy(...packages: readonly string[]): readonly string[] {
  const require = createRequire(import.meta.url);
  const source = fileURLToPath(new URL('../../', import.meta.url));
  return [
    source,
    // Node looks here for the kind of module our files are.
    join(source, '..', 'package.json'),
    ...packages.map((name) => dirname(require.resolve(`${name}/package.json`))),
  ];
}
