import { hash } from 'node:crypto';
import { parseCheckpoint, parseNote, parseWitnessKey, readCosignatures } from '@pawprint/verifier';
import * as z from 'zod';
import { defineRead } from '../action.ts';
import { readSetting, type WitnessSetting } from '../settings/settings.ts';

const sha256 = (data: Uint8Array) => hash('sha256', data, 'buffer');

/** A checkpoint, and which witnesses of the settings have cosigned it. */
export interface CheckpointStatus {
  readonly size: number;
  /** The signed note. */
  readonly checkpoint: string;
  readonly cosignatures: readonly {
    readonly name: string;
    readonly vkey: string;
    readonly cosignedAt: string;
  }[];
  /** As many as the settings require. */
  readonly isWitnessed: boolean;
}

/** What the ledger holds, and who vouches for it. */
export const getLedgerStatus = defineRead({
  name: 'GET_LEDGER_STATUS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  async run({ reader, services: { ledger } }) {
    const { checkpoint, witnessed, vkey } = ledger;
    const { witnesses, required } = await readSetting(reader, 'witnesses');
    const status = (note: string) => checkpointStatus(note, witnesses, required);
    return {
      vkey,
      newest: await status(checkpoint),
      witnessed: witnessed === undefined ? null : await status(witnessed),
      policy: { required, witnesses: witnesses.length },
    };
  },
});

async function checkpointStatus(
  note: string,
  witnesses: readonly WitnessSetting[],
  required: number,
): Promise<CheckpointStatus> {
  const { size } = parseCheckpoint(parseNote(note).text);
  const keys = witnesses.map(({ vkey }) => parseWitnessKey(vkey, sha256));
  const cosignatures = (await readCosignatures(note, keys)).flatMap(({ key, timestamp }) => {
    const { name, vkey } = witnesses[keys.indexOf(key)] ?? {};
    const cosignedAt = new Date(timestamp * 1_000).toISOString();
    return name === undefined || vkey === undefined ? [] : [{ name, vkey, cosignedAt }];
  });
  return { size, checkpoint: note, cosignatures, isWitnessed: cosignatures.length >= required };
}
