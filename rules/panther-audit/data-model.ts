import { deepGet, defineDataModel } from '@pawprint/detections';

/** Standard fields of audit records. Records of older versions have their input one level higher. */
export default defineDataModel({
  id: 'Pawprint.Audit',
  logTypes: ['Panther.Audit'],
  mappings: {
    source_ip: 'sourceIP',
    user_agent: 'userAgent',
    actor_user: (event) =>
      deepGet(event, 'actor', 'attributes', 'email') ?? event.actor.name ?? event.actor.id,
    input: (event) =>
      deepGet(event, 'actionParams', 'dynamic', 'input') ??
      deepGet(event, 'actionParams', 'input') ??
      deepGet(event, 'actionParams', 'static', 'input') ??
      deepGet(event, 'actionParams', 'dynamic'),
  },
});
