import './config/thread-pool.ts';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Beside the packages, where only whoever installs them can write: a shared folder would let others put code there.
// Child processes use it too. It must be on before anything else is loaded, hence the import below.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/pawprint', import.meta.url)));

const { runProgram } = await import('./program.ts');
await runProgram();
