import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import {
  type DownloadFormat,
  downloadQuery,
  downloadQueryProofs,
} from '../../actions/data-lake/download-query.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';

const formats: readonly { readonly format: DownloadFormat; readonly type: string; readonly name: string }[] =
  [
    { format: 'csv', type: 'text/csv; charset=utf-8', name: 'CSV' },
    { format: 'ndjson', type: 'application/x-ndjson; charset=utf-8', name: 'NDJSON' },
    { format: 'parquet', type: 'application/vnd.apache.parquet', name: 'Parquet' },
  ];

/** The results of a data lake query as a file; recorded once, when it starts. */
export function addQueryDownload(context: RouteContext): void {
  for (const { format, type, name } of formats) {
    addActionRoute(context, {
      method: 'GET',
      url: `/internal/data-lake-queries/:id/results.${format}`,
      action: downloadQuery,
      description: `Downloads the results of a data lake query as ${name}`,
      input: ({ params }) => ({ ...(params as object), format }),
      answer: ({ id, body }, _, reply) => sendFile(reply, `query-${id}.${format}`, type, body),
    });
  }
  addActionRoute(context, {
    method: 'GET',
    url: '/internal/data-lake-queries/:id/proofs.ndjson',
    action: downloadQueryProofs,
    description: 'Downloads the audit records among the results of a data lake query with their proofs',
    answer: ({ id, body }, _, reply) =>
      sendFile(reply, `query-${id}-proofs.ndjson`, 'application/x-ndjson; charset=utf-8', body),
  });
}

function sendFile(
  reply: FastifyReply,
  name: string,
  type: string,
  body: AsyncGenerator<string | Uint8Array>,
): FastifyReply {
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .send(Readable.from(body, { objectMode: false }));
}
