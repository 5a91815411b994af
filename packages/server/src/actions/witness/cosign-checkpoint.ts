import { hash } from 'node:crypto';
import {
  type AddCheckpoint,
  type Checkpoint,
  createTreeHasher,
  formatNote,
  openNote,
  parseAddCheckpoint,
  parseNote,
  parseVerifierKey,
  sameHash,
  VerificationError,
  verifyConsistency,
} from '@pawprint/verifier';
import * as z from 'zod';
import type { CosignedLogRow } from '../../store/tables.ts';
import { defineChange, type ReadContext } from '../action.ts';
import { ActionError, type ActionErrorCode } from '../action-error.ts';
import { readSetting } from '../settings/settings.ts';
import { ownWitnessName } from './witness-settings.ts';

const sha256 = (data: Uint8Array) => hash('sha256', data, 'buffer');
const hasher = createTreeHasher(sha256);

/** Why a checkpoint is not cosigned, as C2SP tlog-witness has it answered. */
export class CheckpointRefusal extends ActionError {
  readonly status: number;
  /** The size of the tree that was cosigned last, where that is what the answer must say. */
  readonly knownSize: number | undefined;

  constructor(
    status: number,
    code: ActionErrorCode,
    message: string,
    detail: { knownSize?: number; cause?: unknown } = {},
  ) {
    super(code, message, detail);
    this.status = status;
    this.knownSize = detail.knownSize;
  }
}

interface Submission extends AddCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The text that is signed. */
  readonly text: string;
  /** Under which this instance signs. */
  readonly witnessName: string;
}

/**
 * As a witness, signs that a log's checkpoint goes on from the one cosigned before (C2SP tlog-witness, add-checkpoint). The new
 * tree is on the disk before the cosignature leaves: whatever happens, no other history of that log is ever cosigned.
 */
export const cosignCheckpoint = defineChange({
  name: 'COSIGN_CHECKPOINT',
  requires: 'anyone',
  input: z.strictObject({ body: z.string() }),
  unrecordedWhenSucceeded:
    'Two instances that witness each other would make records, and so checkpoints, for each other without end',
  prepare: readSubmission,
  async run({ transactor, now, services }, _, submission: Submission) {
    const { checkpoint, text, witnessName } = submission;
    const { origin, size } = checkpoint;
    const last = await transactor
      .selectFrom('cosigned_logs')
      .selectAll()
      .where('origin', '=', origin)
      .executeTakeFirst();
    requireGrowth(submission, last);
    const row = { size, root_hash: checkpoint.rootHash.toBase64(), cosigned_at: now };
    await transactor
      .insertInto('cosigned_logs')
      .values({ origin, ...row })
      .onConflict((conflict) => conflict.column('origin').doUpdateSet(row))
      .execute();
    const timestamp = Number(services.epochNanoseconds() / 1_000_000_000n);
    const signature = await services.witnessSigner.cosign(witnessName, text, timestamp);
    return formatNote({ text, signatures: [signature] }).slice(text.length + 1);
  },
});

/** Reads the request, and finds out whether it comes from a log that this instance witnesses. */
async function readSubmission(
  { reader, services }: ReadContext,
  { body }: { readonly body: string },
): Promise<Submission> {
  const submitted = parse(body);
  const { checkpoint, note, oldSize } = submitted;
  const { ownWitness } = await readSetting(reader, 'witnesses');
  const log = ownWitness.logs.find(({ origin }) => ownWitness.enabled && origin === checkpoint.origin);
  if (log === undefined) {
    throw new CheckpointRefusal(404, 'NOT_FOUND', 'This instance is not a witness of that log');
  }
  try {
    await openNote(note, [parseVerifierKey(log.vkey, sha256)]);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new CheckpointRefusal(403, 'FORBIDDEN', `The checkpoint is not the log's: ${cause.message}`, {
      cause,
    });
  }
  if (oldSize > checkpoint.size) {
    const message = `The checkpoint of ${checkpoint.size} entries is smaller than the old size ${oldSize}`;
    throw new CheckpointRefusal(400, 'INVALID_INPUT', message);
  }
  return { ...submitted, text: parseNote(note).text, witnessName: ownWitnessName(ownWitness, services) };
}

function parse(body: string) {
  try {
    return parseAddCheckpoint(body);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new CheckpointRefusal(400, 'INVALID_INPUT', `Not an add-checkpoint request: ${cause.message}`, {
      cause,
    });
  }
}

/** @throws CheckpointRefusal unless the checkpoint goes on from the last one. */
function requireGrowth(
  { oldSize, hashes, checkpoint }: Submission,
  last: Pick<CosignedLogRow, 'size' | 'root_hash'> | undefined,
): void {
  const known = {
    size: last?.size ?? 0,
    rootHash: last ? Uint8Array.fromBase64(last.root_hash) : hasher.emptyRoot,
  };
  if (oldSize !== known.size) {
    const message = `The last checkpoint cosigned of this log is of ${known.size} entries, not of ${oldSize}`;
    throw new CheckpointRefusal(409, 'CONFLICT', message, { knownSize: known.size });
  }
  if (checkpoint.size === known.size && !sameHash(checkpoint.rootHash, known.rootHash)) {
    const message = `The log has two histories: another root hash was cosigned for its first ${known.size} entries`;
    throw new CheckpointRefusal(409, 'CONFLICT', message);
  }
  try {
    verifyConsistency(hasher, hashes, known, checkpoint);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    const message = `The log does not show that it goes on from what was cosigned before: ${cause.message}`;
    throw new CheckpointRefusal(422, 'INVALID_INPUT', message, { cause });
  }
}
