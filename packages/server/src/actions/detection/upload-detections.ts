import type { CheckedContent } from '@pawprint/detections';
import * as z from 'zod';
import { defineChange, defineRead } from '../action.ts';
import { actorReference } from '../caller.ts';
import { takeUploadedQuery } from '../saved-query/uploaded-query.ts';
import {
  archiveDetails,
  archiveFields,
  checkArchive,
  requireClassicArchive,
  type UploadResult,
  uploadDetails,
  uploadResult,
} from './upload-archive.ts';
import { requireSound, type Written, writeItem } from './write-content.ts';

const uploadInput = z.strictObject({ input: z.strictObject(archiveFields) });

/** Takes in all of an archive or, if something in it is wrong, nothing. */
export const uploadDetections = defineChange({
  name: 'UPLOAD_DETECTION_ENTITIES',
  requires: 'BulkUpload',
  input: uploadInput,
  async prepare({ reader, services, annotate }, { input }): Promise<CheckedContent> {
    annotate.details(archiveDetails(services, input.data));
    requireClassicArchive(input);
    const content = await checkArchive(reader, services, input.data);
    requireSound(content, 'input.data');
    return content;
  },
  async run({ transactor, caller, now, services, annotate, afterCommit }, _, content): Promise<UploadResult> {
    const written: Written[] = [];
    let takesQueries = false;
    for (const item of content.items) {
      written.push(await writeItem({ transactor, caller, now }, content, item, { field: 'input.data' }));
      const isQuery = await takeUploadedQuery({ transactor, caller, now, services }, item);
      takesQueries ||= isQuery;
    }
    if (takesQueries) afterCommit(services.scheduledQueries.changed);
    const result = uploadResult(written);
    annotate.details({ uploaded: uploadDetails(result) });
    if (written.some(({ change }) => change !== 'unchanged')) afterCommit(services.detectionsChanged);
    return result;
  },
});

/** Answers at once; the archive is taken in by an action of its own, in the caller's name. */
export const uploadDetectionsLater = defineChange({
  name: 'UPLOAD_DETECTION_ENTITIES',
  requires: 'BulkUpload',
  input: uploadInput,
  async run({ caller, origin, services, annotate, afterCommit }, { input }) {
    requireClassicArchive(input);
    services.uploads.requireIdle();
    const receiptId = services.newId();
    annotate.details({ receiptId, ...archiveDetails(services, input.data) });
    afterCommit(() => services.uploads.start({ receiptId, caller, origin, data: input.data }));
    return { receiptId };
  },
});

export const getUploadStatus = defineRead({
  name: 'GET_DETECTION_ENTITIES_UPLOAD_STATUS',
  requires: 'BulkUpload',
  input: z.strictObject({ receiptId: z.string().max(256) }),
  run: async ({ services, caller }, { receiptId }) => services.uploads.job(receiptId, actorReference(caller)),
});
