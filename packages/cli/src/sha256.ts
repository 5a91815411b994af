import { hash } from 'node:crypto';
import { createTreeHasher, type Sha256 } from '@pawprint/verifier';

export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');

export const treeHasher = createTreeHasher(sha256);
