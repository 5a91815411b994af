import {
  addToStringSet,
  deepGet,
  defineRule,
  eventTimeEpoch,
  getStringSet,
  setKeyExpiration,
  udm,
} from '@pawprint/detections';

const destinationChanges = ['UPDATE_ALERT_DESTINATION', 'DELETE_ALERT_DESTINATION'];
const rememberedSeconds = 3600;

export default defineRule({
  id: 'Pawprint.Audit.AlertClosedAfterDestinationChange',
  displayName: 'An alert was closed by someone who had just changed where alerts go',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription:
    'Within an hour of changing or deleting a destination the same actor closed or resolved an alert.',
  defaultRunbook:
    'Look at the alert as if it were open, and at the destination as it was before. Ask why both were changed.',
  tags: ['Audit Log', 'Defense Evasion:Impair Defenses'],
  reports: { 'MITRE ATT&CK': ['TA0005:T1562'] },
  summaryAttributes: ['p_any_usernames', 'p_any_ip_addresses'],
  rule(event) {
    if (event.actionResult === 'FAILED') return false;
    const key = `changed-destination:${event.actor.id}`;
    if (destinationChanges.includes(event.actionName)) {
      addToStringSet(key, [event.actionName]);
      setKeyExpiration(key, eventTimeEpoch(event) + rememberedSeconds);
      return false;
    }
    const status = deepGet(udm(event, 'input'), 'status');
    return (
      event.actionName === 'UPDATE_ALERT_STATUS' &&
      (status === 'CLOSED' || status === 'RESOLVED') &&
      getStringSet(key).size > 0
    );
  },
  title: (event) => `${udm(event, 'actor_user')} changed a destination, then closed an alert`,
  dedup: (event) => event.actor.id,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    alerts: deepGet(udm(event, 'input'), 'ids') ?? null,
  }),
  tests: [
    {
      name: 'Closed soon after',
      expectedResult: true,
      mocks: [{ objectName: 'getStringSet', returnValue: ['UPDATE_ALERT_DESTINATION'] }],
      log: {
        actionName: 'UPDATE_ALERT_STATUS',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { ids: ['a1'], status: 'CLOSED' } }, static: {} },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'Closed and nothing changed',
      expectedResult: false,
      mocks: [{ objectName: 'getStringSet', returnValue: [] }],
      log: {
        actionName: 'UPDATE_ALERT_STATUS',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { ids: ['a1'], status: 'CLOSED' } }, static: {} },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'Taken up',
      expectedResult: false,
      log: {
        actionName: 'UPDATE_ALERT_STATUS',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { ids: ['a1'], status: 'TRIAGED' } }, static: {} },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
