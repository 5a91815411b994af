import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../../api/api-error.ts';
import { graphql } from '../../api/graphql.ts';
import {
  DeleteDetectionsDocument,
  type DetectionRowFragment,
  DetectionsDocument,
  type DetectionsInput,
  UpdateDetectionStateDocument,
} from '../../api/operations.ts';
import { type Kind, kindOperations } from './detection-kinds.ts';
import type { FileProblem } from './file-problems.ts';
import type { DetectionFile } from './templates.ts';

const listKey = ['detections'];

/** So many at most are shown at once; filters lead to the others. */
export const listedMax = 500;

export function detectionsQuery(input: DetectionsInput) {
  return queryOptions({
    queryKey: [...listKey, input],
    queryFn: async ({ signal }) => {
      const { detections } = await graphql(
        DetectionsDocument,
        { input: { ...input, pageSize: listedMax } },
        signal,
      );
      return { rows: detections.edges.map(({ node }) => node), hasMore: detections.pageInfo.hasNextPage };
    },
  });
}

export function detectionQuery(kind: Kind, id: string) {
  return queryOptions({
    queryKey: ['detection', kind, id],
    queryFn: async ({ signal }) => (await graphql(kindOperations[kind].get, { id }, signal)).detection,
  });
}

/** After a change: what shows detections now reads them anew, and what showed them before does so when it is opened. */
export function useDetectionsChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    for (const queryKey of [listKey, ['detection'], ['detection-packs']]) {
      queryClient.removeQueries({ queryKey, type: 'inactive' });
      await queryClient.invalidateQueries({ queryKey });
    }
  };
}

export function useSetEnabled(onDone: (changed: readonly DetectionRowFragment[]) => void) {
  const changed = useDetectionsChanged();
  return useMutation({
    mutationFn: (input: { readonly ids: readonly string[]; readonly enabled: boolean }) =>
      graphql(UpdateDetectionStateDocument, { input }),
    onSuccess: async ({ updateDetectionState }) => {
      onDone(updateDetectionState.detections);
      await changed();
    },
  });
}

export function useDelete(onDone: () => void) {
  const changed = useDetectionsChanged();
  return useMutation({
    mutationFn: (ids: readonly string[]) => graphql(DeleteDetectionsDocument, { input: { ids } }),
    onSuccess: async () => {
      onDone();
      await changed();
    },
  });
}

/** Saves files as a new detection, or in place of those of one that is there. */
export function useSave(kind: Kind, id: string | undefined, onDone: (saved: DetectionRowFragment) => void) {
  const changed = useDetectionsChanged();
  return useMutation({
    mutationFn: async (files: readonly DetectionFile[]) =>
      id === undefined
        ? (await graphql(kindOperations[kind].create, { input: { files } })).saved.detection
        : (await graphql(kindOperations[kind].update, { input: { id, files } })).saved.detection,
    onSuccess: async (saved) => {
      onDone(saved);
      await changed();
    },
  });
}

/** Checks files and runs their tests, without keeping them. */
export function useTest(kind: Kind) {
  return useMutation({
    mutationFn: async (files: readonly DetectionFile[]) =>
      (await graphql(kindOperations[kind].test, { input: { files } })).tested,
  });
}

/** What a refusal says of each file. */
export function problemsOf(error: unknown): readonly FileProblem[] {
  if (!(error instanceof ApiError)) return [];
  const [first] = (error.cause ?? []) as readonly {
    readonly extensions?: { readonly problems?: readonly FileProblem[] };
  }[];
  return first?.extensions?.problems ?? [];
}
