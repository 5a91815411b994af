import * as z from 'zod';
import { defineRead } from '../action.ts';
import { loadDestinations } from './destination.ts';

export const listAlertDestinations = defineRead({
  name: 'LIST_ALERT_DESTINATIONS',
  requires: 'DestinationRead',
  input: z.strictObject({}),
  run: ({ reader }) => loadDestinations(reader),
});
