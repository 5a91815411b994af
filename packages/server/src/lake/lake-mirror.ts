import { type Catalogue, Mirror, type MirrorObjects } from '@pawprint/lake';
import { openS3Store } from '@pawprint/ledger';
import type { Config } from '../config/config.ts';
import { addressOf } from '../ledger/ledger-objects.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';

/**
 * The copy of the lake's files in a bucket, if there is to be one. Files that the directory lost are back when it resolves;
 * what the bucket lacks too, or does not give, is built again from the ledger.
 */
export async function openLakeMirror(
  { lakeBucket }: Config,
  place: { readonly directory: string; readonly catalogue: Catalogue },
  systemErrors: SystemErrors,
  report: (message: string, cause: unknown) => void,
): Promise<Mirror | undefined> {
  if (lakeBucket === undefined) return undefined;
  const address = addressOf(lakeBucket);
  const onBackgroundError = (error: unknown): void => {
    const message = `The data lake can not be copied to ${address} for now`;
    report(message, error);
    systemErrors.report({ kind: 'lake_store' }, message);
  };
  const mirror = new Mirror({
    ...{ ...place, address, onBackgroundError },
    objects: openedWhenUsed(() => openS3Store(lakeBucket, 'NONE')),
    onMirrored: () => systemErrors.resolve({ kind: 'lake_store' }),
  });
  await mirror.restore().catch(onBackgroundError);
  return mirror;
}

/** A bucket that does not answer is no reason not to start. */
function openedWhenUsed(open: () => Promise<MirrorObjects>): MirrorObjects {
  let opening: Promise<MirrorObjects> | undefined;
  const opened = (): Promise<MirrorObjects> => {
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    read: async (key) => (await opened()).read(key),
    write: async (key, bytes) => (await opened()).write(key, bytes),
    delete: async (key) => (await opened()).delete(key),
    async *list(prefix) {
      yield* (await opened()).list(prefix);
    },
  };
}
