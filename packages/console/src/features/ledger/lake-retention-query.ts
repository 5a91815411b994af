import { queryOptions } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import {
  DataLakeRetentionSettingsDocument,
  type DataLakeRetentionSettingsQuery,
} from '../../api/operations.ts';

export type TableRetention = DataLakeRetentionSettingsQuery['dataLakeRetentionSettings'][number];

export const lakeRetentionQuery = queryOptions({
  queryKey: ['data-lake-retention-settings'],
  queryFn: async ({ signal }) =>
    (await graphql(DataLakeRetentionSettingsDocument, {}, signal)).dataLakeRetentionSettings,
  staleTime: 0,
});

/** What the default of a table is, in words. */
export function defaultPeriod({ databaseName }: TableRetention): string {
  return databaseName === 'panther_monitor' ? 'a year' : 'as long as the ledger keeps its records';
}
