import * as z from 'zod';
import { defineRead } from '../action.ts';
import { loadDestinations, requireDestination } from './destination.ts';

export const getAlertDestination = defineRead({
  name: 'GET_ALERT_DESTINATION',
  requires: 'DestinationRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader }, { id }) {
    await requireDestination(reader, id, 'id');
    return (await loadDestinations(reader, id))[0];
  },
});
