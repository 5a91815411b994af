import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { parseWitnessKey, type WitnessKey } from '../src/cosignature.ts';
import { sha256 } from './reference-tree.ts';

/** A witness that signs whatever it is shown: its key and lines put together from the words of C2SP tlog-cosignature. */
export interface TestWitness {
  readonly vkey: string;
  readonly key: WitnessKey;
  /** The note with the witness's signature line added. @param time seconds since 1970; at most 2^64 - 1 */
  cosign(note: string, time?: bigint): string;
}

export function createTestWitness(name: string): TestWitness {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const typed = Buffer.concat([Buffer.of(0x04), raw]);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, 4);
  const vkey = `${name}+${id.toString('hex')}+${typed.toString('base64')}`;
  return {
    vkey,
    key: parseWitnessKey(vkey, sha256),
    cosign(note, time = 1_679_315_147n) {
      const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
      const timeBytes = Buffer.alloc(8);
      timeBytes.writeBigUInt64BE(time);
      const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), privateKey);
      return `${note}\u2014 ${name} ${Buffer.concat([id, timeBytes, signature]).toString('base64')}\n`;
    },
  };
}
