import type { AnalysisType, CheckedContent } from '@pawprint/detections';
import { secret } from '@pawprint/record';
import * as z from 'zod';
import { ArchiveError, readArchive } from '../../content/archive.ts';
import type { Rows } from '../../store/store.ts';
import { ActionError } from '../action-error.ts';
import type { Services } from '../services.ts';
import { detectionKinds, type UploadCategory } from './detection-kinds.ts';
import { checkBesideKept, type Written } from './write-content.ts';

/** Bytes of an archive in base64; a request's body can't hold more. */
const dataLengthMax = 8 * 1024 * 1024;

/** The fields that say what is uploaded. */
export const archiveFields = {
  data: secret(z.string().max(dataLengthMax)),
  mode: z.enum(['CLASSIC_ZIP', 'V2_ZIP']).nullish(),
  dryRun: z.boolean().nullish(),
  patVersion: z.string().max(64).nullish(),
  pypantherVersion: z.string().max(64).nullish(),
};

/** What a record tells of an archive in place of its bytes. */
export function archiveDetails({ sha256 }: Pick<Services, 'sha256'>, data: string) {
  const bytes = Buffer.from(data, 'base64');
  return { archive: { bytes: bytes.length, sha256: sha256(bytes) } };
}

/** @throws ActionError INVALID_INPUT for what is no archive of the kind that is read here */
export function requireClassicArchive({
  data,
  mode,
  dryRun,
}: {
  readonly data: string;
  readonly mode?: string | null | undefined;
  readonly dryRun?: boolean | null | undefined;
}): void {
  if (mode === 'V2_ZIP') {
    throw new ActionError('INVALID_INPUT', 'Archives of the mode V2_ZIP hold no files that are read here', {
      field: 'input.mode',
    });
  }
  if (dryRun === true) {
    throw new ActionError(
      'INVALID_INPUT',
      'Use validateBulkUpload to check an archive without taking it in',
      {
        field: 'input.dryRun',
      },
    );
  }
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) {
    throw new ActionError('INVALID_INPUT', `${field}: must be a zip archive in base64`, { field });
  }
}

const field = 'input.data';

/**
 * Reads an archive and checks all that is in it.
 * @throws ActionError INVALID_INPUT for what is no archive
 */
export async function checkArchive(rows: Rows, services: Services, data: string): Promise<CheckedContent> {
  try {
    return await checkBesideKept(rows, services, await readArchive(Buffer.from(data, 'base64')));
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new ActionError('INVALID_INPUT', error.message, { field, cause: error });
  }
}

/** What came of the items of one heading. */
export interface UploadStatistics {
  readonly new: number;
  readonly modified: number;
  readonly total: number;
  readonly deleted: number;
  readonly newIds: readonly string[];
  readonly modifiedIds: readonly string[];
  readonly totalIds: readonly string[];
  readonly deletedIds: readonly string[];
}

export type UploadResult = Readonly<Record<UploadCategory, UploadStatistics>>;

export function uploadResult(written: readonly Written[]): UploadResult {
  const statistics = (category: UploadCategory): UploadStatistics => {
    const own = written.filter(
      ({ after }) => detectionKinds[after.kind as AnalysisType].category === category,
    );
    const ids = (some: readonly Written[]) => some.map(({ after }) => after.id);
    const newIds = ids(own.filter(({ change }) => change === 'new'));
    const modifiedIds = ids(own.filter(({ change }) => change === 'modified'));
    return {
      new: newIds.length,
      modified: modifiedIds.length,
      total: own.length,
      deleted: 0,
      newIds,
      modifiedIds,
      totalIds: ids(own),
      deletedIds: [],
    };
  };
  const categories = [...new Set(Object.values(detectionKinds).map(({ category }) => category))];
  return Object.fromEntries(categories.map((category) => [category, statistics(category)])) as UploadResult;
}

/** Of an upload, what a record tells: the ids of what is new or other than before. */
export function uploadDetails(result: UploadResult) {
  const changed = Object.entries(result).filter(([, { new: added, modified }]) => added + modified > 0);
  return Object.fromEntries(
    changed.map(([category, { newIds, modifiedIds }]) => [category, { new: newIds, modified: modifiedIds }]),
  );
}
