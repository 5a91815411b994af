import * as z from 'zod';
import { managedLogTypes } from '../../content/log-types.ts';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';

/** The log types that are known: none is anybody's own yet, or archived. */
export const listSchemas = defineRead({
  name: 'LIST_SCHEMAS',
  // Whoever writes detections must know what for.
  requires: ['LogSourceRead', 'RuleRead', 'BulkUpload', 'BulkUploadValidate'],
  input: z.strictObject({
    input: z.strictObject({
      contains: z.string().max(256).nullish(),
      isManaged: z.boolean().nullish(),
      isArchived: z.boolean().nullish(),
      isInUse: z.boolean().nullish(),
      cursor: pageInput.cursor,
    }),
  }),
  async run({ services, reader }, { input: { contains, isManaged, isArchived, isInUse, cursor } }) {
    const sources = await reader.selectFrom('log_sources').select('log_types').execute();
    const used = new Set(sources.flatMap(({ log_types }) => JSON.parse(log_types) as readonly string[]));
    const found = managedLogTypes(services.lakeTables).filter(
      ({ name, ...schema }) =>
        name.toLowerCase().includes(contains?.toLowerCase() ?? '') &&
        schema.isManaged === (isManaged ?? schema.isManaged) &&
        schema.isArchived === (isArchived ?? schema.isArchived) &&
        used.has(name) === (isInUse ?? used.has(name)),
    );
    return offsetPage(found, pageSize, cursor);
  },
});

/** Panther's tool asks for one page and takes it for all. */
const pageSize = 1_000;
