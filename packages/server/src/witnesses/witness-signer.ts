import { hash } from 'node:crypto';
import { createSigner, loadSigner, type Signer } from '@pawprint/ledger';
import {
  cosignatureLine,
  cosignedMessage,
  createVerifierKey,
  type NoteSignature,
  type WitnessKey,
} from '@pawprint/verifier';

/** The key with which this instance cosigns the checkpoints of others. It is not the one that signs its own ledger. */
export interface WitnessSigner {
  /** Under a name; undefined before there is a key. @throws {VerificationError} `malformed_key` for what can't be a name */
  key(name: string): WitnessKey | undefined;
  /** Makes the key in its file, unless it is there. @throws {LedgerError} `signing_key` */
  create(): Promise<void>;
  /**
   * The cosignature of a checkpoint (C2SP tlog-cosignature). Whether it may be signed is the caller's to know.
   * @param text of the checkpoint's note
   * @param timestamp seconds since 1970
   */
  cosign(name: string, text: string, timestamp: number): Promise<NoteSignature>;
}

// The key's own name is not used: each cosignature is made under the name that the settings give.
const placeholder = 'witness';

/** Loads the key of a file; there may be none. @throws {LedgerError} `signing_key` */
export async function openWitnessSigner(file: string): Promise<WitnessSigner> {
  let signer: Signer | undefined = await loadSigner(file, placeholder);
  let creating: Promise<void> | undefined;

  function key(name: string): WitnessKey | undefined {
    const sha256 = (data: Uint8Array) => hash('sha256', data, 'buffer');
    return signer && createVerifierKey(name, signer.key.publicKey, sha256, 'cosignature');
  }

  return {
    key,
    async create() {
      if (signer !== undefined) return;
      creating ??= createSigner(file, placeholder)
        .then((created) => {
          signer = created;
        })
        .finally(() => {
          creating = undefined;
        });
      await creating;
    },
    async cosign(name, text, timestamp) {
      const witness = key(name);
      if (signer === undefined || witness === undefined) throw new Error('there is no witness key');
      return cosignatureLine(witness, timestamp, await signer.sign(cosignedMessage(text, timestamp)));
    },
  };
}
