import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createRuntime, type Runtime } from '../runtime.ts';
import { type AnswerCall, SandboxProcess } from '../sandbox-process.ts';
import { readableBy } from '../typescript/typescript-runtime.ts';

export interface PythonRuntimeOptions {
  /** Where the snapshot that processes start from is kept; it is made when it is missing, in about three seconds. */
  readonly snapshotDirectory: string;
  /** How long one detection may take for a batch, milliseconds. */
  readonly batchMs?: number;
  /** For all detections together. */
  readonly memoryMegabytes?: number;
  readonly answerCall?: AnswerCall;
}

/** Detections in Python, in a CPython compiled to WebAssembly, in a process of its own. */
export function createPythonRuntime(options: PythonRuntimeOptions): Runtime {
  const { snapshotDirectory, batchMs = 15_000, memoryMegabytes = 512, answerCall } = options;
  const process = {
    program: new URL('./program.ts', import.meta.url),
    programArguments: [String(memoryMegabytes)],
    readable: readableBy('pyodide', 'ws'),
    nodeArguments: [],
    startMs: 60_000,
  };
  return createRuntime({
    start: async () =>
      SandboxProcess.start({ ...process, start: await snapshot(snapshotDirectory, process) }),
    batchMs,
    // Memory of WebAssembly never shrinks: what one greedy rule took is given back by ending the process.
    memoryBytesMax: (memoryMegabytes * 2 ** 20) / 2,
    answerCall,
  });
}

/** The memory of an interpreter that is ready, made once for each version of it and of our code. */
async function snapshot(
  directory: string,
  process: Parameters<typeof SandboxProcess.produce>[0],
): Promise<Uint8Array> {
  const file = join(directory, `python-${await fingerprint()}.snapshot`);
  try {
    return await readFile(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = await SandboxProcess.produce(process);
  await mkdir(directory, { recursive: true });
  const draft = `${file}.${globalThis.process.pid}`;
  await writeFile(draft, made, { mode: 0o600 });
  await rename(draft, file);
  return made;
}

async function fingerprint(): Promise<string> {
  const { version } = createRequire(import.meta.url)('pyodide/package.json');
  const hash = createHash('sha256').update(`${version} ${process.version}`);
  for (const name of ['events.py', 'caching.py', 'tracing.py', 'sandbox.py']) {
    hash.update(await readFile(new URL(name, import.meta.url)));
  }
  return hash.digest('hex').slice(0, 16);
}
