import * as z from 'zod';
import { defineRead } from '../action.ts';
import { asActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { archiveDetails, archiveFields, checkArchive, requireClassicArchive } from './upload-archive.ts';

/** Checks an archive as an upload would, and takes nothing of it in. Answers at once. */
export const validateUpload = defineRead({
  name: 'VALIDATE_BULK_UPLOAD',
  requires: ['BulkUploadValidate', 'BulkUpload'],
  input: z.strictObject({
    input: z.strictObject({ data: archiveFields.data, patVersion: archiveFields.patVersion }),
  }),
  async run({ reader, services, caller, annotate }, { input }) {
    requireClassicArchive(input);
    services.validations.requireIdle();
    const receiptId = services.newId();
    annotate.details({ receiptId, ...archiveDetails(services, input.data) });
    services.validations.start(receiptId, actorReference(caller), async () => {
      try {
        const { problems } = await checkArchive(reader, services, input.data);
        return problems.filter(({ level }) => level === 'error');
      } catch (error) {
        throw asActionError(error, receiptId);
      }
    });
    return { receiptId };
  },
});

export const getValidateUploadStatus = defineRead({
  name: 'GET_VALIDATE_BULK_UPLOAD_STATUS',
  requires: ['BulkUploadValidate', 'BulkUpload'],
  input: z.strictObject({ receiptId: z.string().max(256) }),
  run: async ({ services, caller }, { receiptId }) =>
    services.validations.job(receiptId, actorReference(caller)),
});
