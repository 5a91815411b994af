import * as z from 'zod';
import { csvLine } from '../../lake/csv.ts';
import type { QueryRunner } from '../../lake/query-runner.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireQuery } from './query.ts';

/** Rows read from disk at a time, so that a large result is never in memory as a whole. */
const pageSize = 5_000;

/** The whole result of a query as CSV, in pieces. */
export const downloadQuery = defineRead({
  name: 'DOWNLOAD_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader, services, caller, annotate }, { id }) {
    await requireQuery(reader, services, caller, id, 'id');
    const first = await services.queries.results(id, { offset: 0, pageSize: 0 });
    if (first === undefined)
      throw new ActionError('CONFLICT', `The query ${id} has no results`, { field: 'id' });
    annotate.details({ rowCount: first.rowCount });
    const columns = first.columns.map(({ name }) => name);
    return { id, csv: csvOf(services.queries, id, columns) };
  },
});

async function* csvOf(queries: QueryRunner, id: string, columns: readonly string[]): AsyncGenerator<string> {
  yield csvLine(columns);
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const page = await queries.results(id, { offset, pageSize });
    // A file that ends early must not look whole.
    if (page === undefined) throw new Error(`The results of query ${id} are gone`);
    if (page.rows.length > 0)
      yield page.rows.map((row) => csvLine(columns.map((name) => row[name]))).join('');
    offset = page.nextOffset;
  }
}
