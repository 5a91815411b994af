import { addToStringSet, defineRule, getStringSet, udm } from '@pawprint/detections';

/** The /24 of an IPv4 address, the first three groups of an IPv6 one. */
function network(address: string): string {
  return address.includes(':')
    ? address.split(':').slice(0, 3).join(':')
    : address.split('.').slice(0, 3).join('.');
}

export default defineRule({
  id: 'Pawprint.Audit.ApiTokenNewNetwork',
  displayName: 'An API token was used from a new network',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: 'A token that has always been used from some networks was used from another.',
  defaultRunbook:
    'Ask the owner of the token whether its user has moved. If not, delete or rotate the token and review what it did since the first use from there.',
  tags: ['Audit Log', 'Initial Access:Valid Accounts'],
  reports: { 'MITRE ATT&CK': ['TA0001:T1078'] },
  summaryAttributes: ['p_any_ip_addresses'],
  rule(event) {
    if (event.actor.type !== 'TOKEN' || !event.sourceIP || event.actionResult === 'FAILED') return false;
    const key = `api-token-networks:${event.actor.id}`;
    const seen = getStringSet(key);
    const here = network(event.sourceIP);
    if (seen.has(here)) return false;
    addToStringSet(key, [here]);
    return seen.size > 0;
  },
  title: (event) => `API token ${event.actor.name ?? event.actor.id} was used from a new network`,
  alertContext: (event) => ({
    token: event.actor.id,
    ip: event.sourceIP,
    action: event.actionName,
    user: udm(event, 'actor_user'),
  }),
  tests: [
    {
      name: 'Another network',
      expectedResult: true,
      mocks: [
        { objectName: 'getStringSet', returnValue: ['192.0.2'] },
        { objectName: 'addToStringSet', returnValue: ['192.0.2', '198.51.100'] },
      ],
      log: {
        actionName: 'LIST_USERS',
        actionResult: 'SUCCEEDED',
        actor: { id: 't1', type: 'TOKEN' },
        sourceIP: '198.51.100.9',
      },
    },
    {
      name: 'The first network',
      expectedResult: false,
      mocks: [
        { objectName: 'getStringSet', returnValue: [] },
        { objectName: 'addToStringSet', returnValue: ['198.51.100'] },
      ],
      log: {
        actionName: 'LIST_USERS',
        actionResult: 'SUCCEEDED',
        actor: { id: 't1', type: 'TOKEN' },
        sourceIP: '198.51.100.9',
      },
    },
    {
      name: 'A person',
      expectedResult: false,
      log: {
        actionName: 'LIST_USERS',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER' },
        sourceIP: '198.51.100.9',
      },
    },
  ],
});
