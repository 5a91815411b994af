import * as z from 'zod';
import { defineRead } from '../action.ts';
import { loadErasures } from './erasure.ts';

export const listErasures = defineRead({
  name: 'LIST_ERASURES',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run: ({ reader, services }) => loadErasures(reader, services),
});
