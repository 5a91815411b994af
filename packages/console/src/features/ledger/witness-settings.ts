import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import {
  LedgerStatusDocument,
  UpdateWitnessSettingsDocument,
  type UpdateWitnessSettingsInput,
  WitnessSettingsDocument,
  type WitnessSettingsPartsFragment,
} from '../../api/operations.ts';

export type WitnessSettings = WitnessSettingsPartsFragment;

export const witnessSettingsQuery = queryOptions({
  queryKey: ['witness-settings'],
  queryFn: async ({ signal }) => (await graphql(WitnessSettingsDocument, {}, signal)).witnessSettings,
});

export const ledgerStatusQuery = queryOptions({
  queryKey: ['ledger-status'],
  queryFn: async ({ signal }) => (await graphql(LedgerStatusDocument, {}, signal)).ledgerStatus,
  staleTime: 0,
});

/** Saves the settings with some of them changed; the others go along as they are. */
export function useSaveWitnessSettings(saved: WitnessSettings, onSaved: (stored: WitnessSettings) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (change: Partial<UpdateWitnessSettingsInput>) => {
      const input = { ...settingsInput(saved), ...change };
      return (await graphql(UpdateWitnessSettingsDocument, { input })).updateWitnessSettings.witnessSettings;
    },
    onSuccess: (stored) => {
      queryClient.setQueryData(witnessSettingsQuery.queryKey, stored);
      void queryClient.invalidateQueries({ queryKey: ledgerStatusQuery.queryKey });
      onSaved(stored);
    },
  });
}

/** The part of the settings that people set. */
export function settingsInput({
  witnesses,
  required,
  ownWitness,
}: WitnessSettings): UpdateWitnessSettingsInput {
  return {
    witnesses: witnesses.map(({ name, vkey, url }) => ({ name, vkey, url })),
    required,
    ownWitness: {
      enabled: ownWitness.enabled,
      name: ownWitness.name,
      logs: ownWitness.logs.map(({ origin, vkey }) => ({ origin, vkey })),
    },
  };
}
