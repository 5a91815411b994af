import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { openDirectoryStore } from '@pawprint/ledger';
import { testRestore } from './restore.conformance.ts';

testRestore('a directory', () => ({
  options: {},
  bring: (from, to) => cp(join(from, 'ledger'), join(to, 'ledger'), { recursive: true }),
  open: (dataDirectory) => openDirectoryStore(join(dataDirectory, 'ledger')),
  name: (dataDirectory) => join(dataDirectory, 'ledger'),
}));
