import { Readable } from 'node:stream';
import { downloadQuery } from '../../actions/data-lake/download-query.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';

/** The results of a data lake query as a file; recorded once, when it starts. */
export function addQueryDownload(context: RouteContext): void {
  addActionRoute(context, {
    method: 'GET',
    url: '/internal/data-lake-queries/:id/results.csv',
    action: downloadQuery,
    description: 'Downloads the results of a data lake query as CSV',
    answer: ({ id, csv }, _, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="query-${id}.csv"`)
        .header('cache-control', 'no-store')
        .send(Readable.from(csv, { objectMode: false })),
  });
}
