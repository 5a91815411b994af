import { queryOptions } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { type DetectionRowFragment, DetectionsDocument } from '../../api/operations.ts';
import { familyOf } from './families.ts';

const pageSize = 1_000;

/** Every detection there is; more than a few thousand nobody has. */
export const detectionsQuery = queryOptions({
  queryKey: ['detections'],
  queryFn: async ({ signal }): Promise<readonly DetectionRowFragment[]> => {
    const all: DetectionRowFragment[] = [];
    for (let cursor: string | null | undefined; ; ) {
      const input = { pageSize, ...(cursor != null && { cursor }) };
      const { edges, pageInfo } = (await graphql(DetectionsDocument, { input }, signal)).detections;
      all.push(...edges.map(({ node }) => node));
      if (!pageInfo.hasNextPage) return all;
      cursor = pageInfo.endCursor;
    }
  },
});

export function detectionQuery(kind: string, id: string) {
  return queryOptions({
    queryKey: ['detection', kind, id],
    queryFn: async ({ signal }) => (await familyOf(kind)?.get(id, signal)) ?? null,
  });
}
