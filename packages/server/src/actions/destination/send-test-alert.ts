import * as z from 'zod';
import type { Receipt } from '../../alerts/destinations/destination.ts';
import type { DestinationRow } from '../../store/tables.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireDestination } from './destination.ts';

/** Sends a made-up alert to a destination, once. A failure is on record with what the other side said. */
export const sendTestAlert = defineChange({
  name: 'SEND_TEST_ALERT',
  requires: 'DestinationModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async prepare({ reader, services }, { input: { id } }): Promise<[DestinationRow, Receipt]> {
    const destination = await requireDestination(reader, id, 'input.id');
    try {
      return [destination, await services.alertDeliveries.sendTest(destination)];
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ActionError('UNAVAILABLE', `${destination.name}: ${why}`, { cause });
    }
  },
  async run({ annotate }, _, [{ id, name }, { statusCode, message }]) {
    annotate.details({ id, name, statusCode, message });
    return { statusCode, message };
  },
});
