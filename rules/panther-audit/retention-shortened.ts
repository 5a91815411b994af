import { deepGet, defineRule, udm } from '@pawprint/detections';

/** Where the records of changes tell the days. */
const fields: Readonly<Record<string, string>> = {
  UPDATE_RETENTION_SETTINGS: 'days',
  UPDATE_DATA_LAKE_RETENTION_SETTINGS: 'daysInForce',
};

export default defineRule({
  id: 'Pawprint.Audit.RetentionShortened',
  displayName: 'Records are kept for a shorter time',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription:
    'The time was shortened that audit records, or rows of the data lake, are kept. Of the rows only those of the audit log itself can be made again.',
  defaultRunbook:
    'Confirm with the owner of the retention policy. Set the period back at once if it was not agreed: a longer period also holds for the records there are.',
  tags: ['Audit Log', 'Defense Evasion:Indicator Removal'],
  reports: { 'MITRE ATT&CK': ['TA0005:T1070'] },
  summaryAttributes: ['p_any_usernames'],
  rule(event) {
    const field = fields[String(event.actionName)];
    if (field === undefined || event.actionResult !== 'SUCCEEDED') return false;
    const before = deepGet(event, 'actionDetails', 'before', field);
    const after = deepGet(event, 'actionDetails', 'after', field);
    return typeof before === 'number' && typeof after === 'number' && after < before;
  },
  title: (event) =>
    `${deepGet(event, 'actionDetails', 'table') ?? 'Audit records'}: kept for a shorter time, by ${udm(event, 'actor_user')}`,
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
    {
      name: 'Shortened for a table of the data lake',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_DATA_LAKE_RETENTION_SETTINGS',
        actionResult: 'SUCCEEDED',
        actionDetails: {
          table: 'panther_rule_matches.panther_audit',
          before: { days: null, daysInForce: 1826 },
          after: { days: 7, daysInForce: 7 },
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'Back to the default of a table',
      expectedResult: false,
      log: {
        actionName: 'UPDATE_DATA_LAKE_RETENTION_SETTINGS',
        actionResult: 'SUCCEEDED',
        actionDetails: {
          table: 'panther_rule_matches.panther_audit',
          before: { days: 7, daysInForce: 7 },
          after: { days: null, daysInForce: 1826 },
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
