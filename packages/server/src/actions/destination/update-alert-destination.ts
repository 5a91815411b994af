import * as z from 'zod';
import { nameKey } from '../../access/text-field.ts';
import { withKeptSecrets } from '../../alerts/destinations/destinations.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import {
  destinationDetails,
  destinationFields,
  givenSetting,
  loadDestinations,
  requireDestination,
  requireFreeName,
} from './destination.ts';

/** What is not given stays; a setting that is given without its secret keeps the one it had. */
export const updateAlertDestination = defineChange({
  name: 'UPDATE_ALERT_DESTINATION',
  requires: 'DestinationModify',
  input: z.strictObject({
    input: z.strictObject({
      ...destinationFields,
      id: z.string().max(256),
      name: destinationFields.name.nullish(),
      severities: destinationFields.severities.nullish(),
      alertTypes: destinationFields.alertTypes.nullish(),
      logTypes: destinationFields.logTypes.nullish(),
    }),
  }),
  async run({ transactor, caller, now, annotate, services, afterCommit }, { input }) {
    const before = await requireDestination(transactor, input.id, 'input.id');
    if (input.name != null) await requireFreeName(transactor, input.name, input.id);
    const setting = givenSetting(input);
    if (setting !== undefined && setting.type !== before.type) {
      const field = `input.${setting.type}`;
      throw new ActionError('INVALID_INPUT', `${field}: this destination is of the type ${before.type}`, {
        field,
      });
    }
    const after = await transactor
      .updateTable('destinations')
      .set({
        ...(input.name != null && { name: input.name, name_key: nameKey(input.name) }),
        ...(setting !== undefined && {
          config: withKeptSecrets(before.type, before.config, setting.config),
        }),
        ...(input.severities != null && { severities: JSON.stringify(input.severities) }),
        ...(input.alertTypes != null && { alert_types: JSON.stringify(input.alertTypes) }),
        ...(input.logTypes != null && { log_types: JSON.stringify(input.logTypes) }),
        updated_at: now,
        updated_by: actorReference(caller),
      })
      .where('id', '=', input.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ before: destinationDetails(before), after: destinationDetails(after) });
    if (after.name !== before.name) afterCommit(() => services.alertDeliveries.forget(before.name));
    return { destination: (await loadDestinations(transactor, input.id))[0] };
  },
});
