import { severities } from '@pawprint/detections';
import * as z from 'zod';
import { nameKey } from '../../access/text-field.ts';
import {
  type DestinationType,
  destinations,
  withKeptSecrets,
} from '../../alerts/destinations/destinations.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import {
  destinationDetails,
  destinationFields,
  givenSetting,
  loadDestinations,
  requireFreeName,
} from './destination.ts';

/** Adds a destination. Unless said otherwise it takes alerts of every severity, alert type and log type. */
export const createAlertDestination = defineChange({
  name: 'CREATE_ALERT_DESTINATION',
  requires: 'DestinationModify',
  input: z.strictObject({
    input: z.strictObject({
      ...destinationFields,
      severities: destinationFields.severities.nullish(),
      alertTypes: destinationFields.alertTypes.nullish(),
      logTypes: destinationFields.logTypes.nullish(),
    }),
  }),
  async run({ transactor, caller, now, services, annotate }, { input }) {
    const setting = givenSetting(input);
    if (setting === undefined) {
      const types = Object.keys(destinations).join(', ');
      throw new ActionError('INVALID_INPUT', `input: say where to deliver, by one of ${types}`, {
        field: 'input',
      });
    }
    requireAvailable(services.alertDeliveries.unavailable(setting.type), setting.type);
    await requireFreeName(transactor, input.name);
    const row = await transactor
      .insertInto('destinations')
      .values({
        id: services.newId(),
        name: input.name,
        name_key: nameKey(input.name),
        type: setting.type,
        config: withKeptSecrets(setting.type, '{}', setting.config),
        severities: JSON.stringify(input.severities ?? severities),
        alert_types: JSON.stringify(input.alertTypes ?? []),
        log_types: JSON.stringify(input.logTypes ?? []),
        created_at: now,
        created_by: actorReference(caller),
        updated_at: now,
        updated_by: actorReference(caller),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ after: destinationDetails(row) });
    return { destination: (await loadDestinations(transactor, row.id))[0] };
  },
});

function requireAvailable(problem: string | undefined, type: DestinationType): void {
  if (problem === undefined) return;
  const field = `input.${type}`;
  throw new ActionError('INVALID_INPUT', `${field}: ${problem}`, { field });
}
