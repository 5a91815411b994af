import { queryOptions } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { LegalHoldsDocument, type LegalHoldsQuery } from '../../api/operations.ts';

export type LegalHold = LegalHoldsQuery['legalHolds'][number];

export const legalHoldsQuery = queryOptions({
  queryKey: ['legal-holds'],
  queryFn: async ({ signal }) => (await graphql(LegalHoldsDocument, {}, signal)).legalHolds,
  staleTime: 0,
});
