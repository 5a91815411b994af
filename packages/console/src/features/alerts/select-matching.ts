import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AlertIdsDocument } from '../../api/operations.ts';
import { type AlertSearch, alertsInput } from './alert-filters.ts';

/** What one would still look through before changing them; more is for the API. */
export const matchingMax = 5_000;
const pageSize = 1_000;

/** The newest alerts that match, shown or not: their ids once they are found, and how many were found so far. */
export function useMatchingAlerts(search: AlertSearch, ownId: string) {
  const [found, setFound] = useState(0);
  const finding = useMutation({
    mutationFn: async () => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const size = Math.min(pageSize, matchingMax - ids.length);
        const input = {
          ...alertsInput(search, ownId, new Date()),
          pageSize: size,
          ...(cursor && { cursor }),
        };
        const { edges, pageInfo } = (await graphql(AlertIdsDocument, { input })).alerts;
        ids.push(...edges.map(({ node }) => node.id));
        setFound(ids.length);
        cursor = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
      } while (cursor !== undefined && ids.length < matchingMax);
      return ids;
    },
    onMutate: () => setFound(0),
  });
  return { ...finding, found };
}
