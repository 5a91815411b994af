import { deepGet, defineRule, udm } from '@pawprint/detections';

export default defineRule({
  id: 'Pawprint.Audit.RetentionShortened',
  displayName: 'Records are kept for a shorter time',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription: 'The time that audit records are kept was shortened.',
  defaultRunbook:
    'Confirm with the owner of the retention policy. Set the period back at once if it was not agreed: a longer period also holds for the records there are.',
  tags: ['Audit Log', 'Defense Evasion:Indicator Removal'],
  reports: { 'MITRE ATT&CK': ['TA0005:T1070'] },
  summaryAttributes: ['p_any_usernames'],
  rule(event) {
    if (event.actionName !== 'UPDATE_RETENTION_SETTINGS' || event.actionResult !== 'SUCCEEDED') return false;
    const before = deepGet(event, 'actionDetails', 'before', 'days');
    const after = deepGet(event, 'actionDetails', 'after', 'days');
    return typeof before === 'number' && typeof after === 'number' && after < before;
  },
  title: (event) => `Audit records are kept for a shorter time, by ${udm(event, 'actor_user')}`,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    change: event.actionDetails,
  }),
  tests: [
    {
      name: 'Shortened',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_RETENTION_SETTINGS',
        actionResult: 'SUCCEEDED',
        actionDetails: { before: { days: 1826 }, after: { days: 30 } },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'Lengthened',
      expectedResult: false,
      log: {
        actionName: 'UPDATE_RETENTION_SETTINGS',
        actionResult: 'SUCCEEDED',
        actionDetails: { before: { days: 30 }, after: { days: 1826 } },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
