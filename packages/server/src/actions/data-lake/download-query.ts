import { open, rm } from 'node:fs/promises';
import { canonicalJson } from '@pawprint/record';
import * as z from 'zod';
import { csvLine } from '../../lake/csv.ts';
import type { QueryRunner } from '../../lake/query-runner.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireAuditLogAccess } from '../audit-log/audit-log-access.ts';
import { proveEntry } from '../audit-log/entry-proof.ts';
import type { Services } from '../services.ts';
import { callerLimits } from './caller-limits.ts';
import { requireQuery } from './query.ts';
import { asResultFailure, requireResults } from './query-results.ts';

/** How the results of a query can be had. */
export type DownloadFormat = 'csv' | 'ndjson' | 'parquet';

/** Rows read from disk at a time, so that a large result is never in memory as a whole. */
const pageSize = 5_000;

/** The whole result of a query in pieces. A file of it that ends early is broken off: it must not look whole. */
export const downloadQuery = defineRead({
  name: 'DOWNLOAD_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ id: z.string().max(256), format: z.enum(['csv', 'ndjson', 'parquet']) }),
  async run({ reader, services, caller, annotate }, { id, format }) {
    await requireQuery(reader, services, caller, id, 'id');
    const { queries } = services;
    const given = callerLimits(caller);
    const { rowCount, columns } = await requireResults(queries, id, { offset: 0, pageSize: 0 });
    annotate.details({ format, rowCount });
    const names = columns.map(({ name }) => name);
    const body = {
      csv: async () => csvOf(queries, id, names),
      ndjson: async () => rowsOf(queries, id),
      // Before the download is on record as done: the disk may have no room for the file.
      parquet: async () =>
        contentOf(await queries.resultParquet(id, given).catch((error) => asResultFailure(error, given))),
    }[format];
    return { id, body: await body() };
  },
});

async function* csvOf(queries: QueryRunner, id: string, columns: readonly string[]): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const rows of pagesOf(queries, id)) {
    yield rows.map((row) => csvLine(columns.map((name) => row[name]))).join('');
  }
}

async function* pagesOf(queries: QueryRunner, id: string) {
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const page = await queries.results(id, { offset, pageSize });
    if (page === undefined) throw new Error(`The results of query ${id} are gone`);
    if (page.rows.length > 0) yield page.rows;
    offset = page.nextOffset;
  }
}

async function* rowsOf(queries: QueryRunner, id: string): AsyncGenerator<Uint8Array> {
  yield* await queries.resultRows(id);
}

/** The content of a file that is gone once it is open. One that is never asked for goes with the next start. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path);
  await rm(path);
  yield* handle.createReadStream();
}

/** Records that can be had at once with their proofs. */
const provenMax = 10_000;
const indexColumn = 'p_ledger_index';

/**
 * The audit records that the results of a query name, each with the proof that it is in the ledger: a line of JSON each, in
 * the order of the rows, for `pawprint verify records`. What was removed from the ledger is counted.
 */
export const downloadQueryProofs = defineRead({
  name: 'DOWNLOAD_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader, services, caller, annotate }, { id }) {
    await requireQuery(reader, services, caller, id, 'id');
    requireAuditLogAccess(caller);
    const page = await requireResults(services.queries, id, { offset: 0, pageSize: provenMax });
    if (page.rowCount > provenMax) {
      throw new ActionError(
        'INVALID_INPUT',
        `Proofs are given for up to ${provenMax} rows; these are ${page.rowCount}`,
      );
    }
    const indexes = page.rows.map((row) => row[indexColumn]);
    if (page.columns.every(({ name }) => name !== indexColumn) || !indexes.every(isIndex)) {
      throw new ActionError(
        'INVALID_INPUT',
        `Proofs are given for rows of the audit log: the query must select its column ${indexColumn}`,
      );
    }
    const { firstIndex, size } = services.ledger;
    const kept = [...new Set(indexes)].filter((index) => index >= firstIndex && index < size);
    const removed = new Set(indexes).size - kept.length;
    annotate.details({
      format: 'proofs',
      recordCount: kept.length,
      ...(removed > 0 && { notInLedger: removed }),
    });
    return { id, body: proofsOf(services, kept) };
  },
});

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

async function* proofsOf(services: Services, indexes: readonly number[]): AsyncGenerator<string> {
  for (const index of indexes) {
    const proven = await proveEntry(services, index);
    if (proven === undefined) throw new Error(`Entry ${index} is gone`);
    yield `${JSON.stringify({ entry: canonicalJson(proven.opened), proof: proven.proof })}\n`;
  }
}
