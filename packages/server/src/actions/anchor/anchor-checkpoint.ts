import { parseCheckpoint, parseNote } from '@pawprint/verifier';
import * as z from 'zod';
import {
  type AnchorDestination,
  anchorDestinations,
  destinationName,
} from '../../anchors/anchor-destination.ts';
import type { AnchoredCheckpoint } from '../../anchors/anchor-sender.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { PublishedLog } from '../services.ts';
import { readSetting } from '../settings/settings.ts';

interface Attempt {
  readonly checkpoint: AnchoredCheckpoint;
  readonly outcomes: readonly {
    readonly destination: AnchorDestination;
    readonly error: string | undefined;
  }[];
}

/** Sends the checkpoint of this moment to all destinations, or to those named. */
export const anchorCheckpoint = defineChange({
  name: 'ANCHOR_CHECKPOINT',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({ destinations: z.array(z.string()).optional() }),
  async prepare({ reader, services: { anchors, ledger } }, { destinations: wanted }): Promise<Attempt> {
    const all = anchorDestinations(await readSetting(reader, 'anchors'), anchors.offered);
    const chosen = all.filter((destination) => wanted?.includes(destinationName(destination)) ?? true);
    if (chosen.length === 0) throw new ActionError('CONFLICT', 'There is nowhere to send the checkpoint to');
    const checkpoint = anchoredCheckpoint(ledger);
    const outcomes = await Promise.all(
      chosen.map(async (destination) => ({
        destination,
        error: await anchors.send(destination, checkpoint).then(
          () => undefined,
          (error: Error) => error.message,
        ),
      })),
    );
    return { checkpoint, outcomes };
  },
  async run({ transactor, now, annotate }, _, { checkpoint, outcomes }) {
    const sent = outcomes.filter(({ error }) => error === undefined);
    const failed = outcomes.filter(({ error }) => error !== undefined);
    const messages = failed.map(({ error }) => error ?? '');
    const { origin, size, rootHash } = checkpoint;
    if (sent.length === 0) {
      throw new ActionError(
        'UNAVAILABLE',
        `The checkpoint of ${size} entries was not sent: ${messages.join('; ')}`,
        {
          parts: messages,
        },
      );
    }
    for (const { destination } of sent) {
      const values = { size, anchored_at: now };
      await transactor
        .insertInto('anchors')
        .values({ destination: destinationName(destination), ...values })
        .onConflict((conflict) => conflict.column('destination').doUpdateSet(values))
        .execute();
    }
    const names = (of: typeof outcomes) => of.map(({ destination }) => destinationName(destination));
    annotate.details({ origin, size, rootHash, sentTo: names(sent) });
    if (failed.length > 0) annotate.partiallyFailed(messages);
    return { size, failed: names(failed), errors: messages };
  },
});

function anchoredCheckpoint({ checkpoint: note, vkey }: PublishedLog): AnchoredCheckpoint {
  const { origin, size, rootHash } = parseCheckpoint(parseNote(note).text);
  return { origin, size, rootHash: Buffer.from(rootHash).toString('base64'), note, vkey };
}
