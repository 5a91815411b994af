import { readManagedFiles } from '@pawprint/detections';
import * as z from 'zod';
import { installManagedPack, managedPackId } from '../../detections/managed-pack.ts';
import { defineChange } from '../action.ts';

/** Brings the managed rules to what ships with the version of the instance that has just started. */
export const updateManagedPack = defineChange({
  name: 'UPDATE_DETECTION_PACK_STATE',
  requires: 'system',
  input: z.strictObject({}),
  prepare: readManagedFiles,
  async run({ transactor, now, services, annotate, afterCommit }, _, files) {
    const change = await installManagedPack(transactor, files, now);
    annotate.details({ packId: managedPackId, ...change });
    afterCommit(services.detectionsChanged);
  },
});
