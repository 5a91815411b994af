import { type Catalogue, Mirror } from '@pawprint/lake';
import { openS3Store } from '@pawprint/ledger';
import type { Config } from '../config/config.ts';
import { addressOf } from '../ledger/ledger-objects.ts';

/**
 * The copy of the lake's files in a bucket, if there is to be one. Files that the directory lost are back when it resolves;
 * what the bucket lacks too is built again from the ledger.
 */
export async function openLakeMirror(
  { lakeBucket }: Config,
  place: { readonly directory: string; readonly catalogue: Catalogue },
  onBackgroundError: (error: unknown) => void,
): Promise<Mirror | undefined> {
  if (lakeBucket === undefined) return undefined;
  const objects = await openS3Store(lakeBucket, 'NONE');
  const mirror = new Mirror({ ...place, objects, address: addressOf(lakeBucket), onBackgroundError });
  await mirror.restore();
  return mirror;
}
