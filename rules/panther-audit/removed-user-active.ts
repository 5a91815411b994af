import { addToStringSet, deepGet, deepWalk, defineRule, getStringSet, udm } from '@pawprint/detections';

const key = 'removed-users';

export default defineRule({
  id: 'Pawprint.Audit.RemovedUserActive',
  displayName: 'A removed user acted',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'CRITICAL',
  defaultDescription: 'Something was done, or tried, by a user who was removed before.',
  defaultRunbook:
    'Nothing should work for a removed user. Find out through which session, token or identity provider the request came, close it, and review everything since the removal.',
  tags: ['Audit Log', 'Persistence:Valid Accounts'],
  reports: { 'MITRE ATT&CK': ['TA0003:T1078'] },
  summaryAttributes: ['p_any_ip_addresses', 'p_any_usernames'],
  rule(event) {
    if (event.actionName === 'DELETE_USER' && event.actionResult === 'SUCCEEDED') {
      const input = udm(event, 'input');
      const removed = [...deepWalk(input, 'id'), ...deepWalk(input, 'ids')].map(String);
      if (removed.length > 0) addToStringSet(key, removed);
      return false;
    }
    return event.actor.type === 'USER' && getStringSet(key).has(event.actor.id);
  },
  title: (event) => `Removed user ${udm(event, 'actor_user')} acted`,
  dedup: (event) => event.actor.id,
  alertContext: (event) => ({
    user: deepGet(event, 'actor'),
    ip: event.sourceIP,
    action: event.actionName,
    result: event.actionResult,
  }),
  tests: [
    {
      name: 'A removed user',
      expectedResult: true,
      mocks: [{ objectName: 'getStringSet', returnValue: ['u2'] }],
      log: { actionName: 'LIST_ALERTS', actionResult: 'FAILED', actor: { id: 'u2', type: 'USER' } },
    },
    {
      name: 'Someone else',
      expectedResult: false,
      mocks: [{ objectName: 'getStringSet', returnValue: ['u2'] }],
      log: { actionName: 'LIST_ALERTS', actionResult: 'SUCCEEDED', actor: { id: 'u1', type: 'USER' } },
    },
    {
      name: 'The removal',
      expectedResult: false,
      mocks: [{ objectName: 'addToStringSet', returnValue: ['u2'] }],
      log: {
        actionName: 'DELETE_USER',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { id: 'u2' } }, static: {} },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
