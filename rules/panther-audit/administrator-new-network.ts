import { addToStringSet, deepGet, defineRule, getStringSet, udm } from '@pawprint/detections';

/** The country where enrichment knows it, else the /24 of an IPv4 address or the first groups of an IPv6 one. */
function place(event: { readonly sourceIP?: string | undefined }): string | undefined {
  const country = deepGet(event, 'p_enrichment', 'ipinfo_location', 'sourceIP', 'country');
  if (typeof country === 'string') return country;
  const { sourceIP: address } = event;
  if (!address) return undefined;
  return address.includes(':')
    ? address.split(':').slice(0, 3).join(':')
    : address.split('.').slice(0, 3).join('.');
}

export default defineRule({
  id: 'Pawprint.Audit.AdministratorNewNetwork',
  displayName: 'An administrator signed in from a new country or network',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: 'An account with full administration was used from where it had not been used before.',
  defaultRunbook:
    'Ask the administrator, on another channel, whether it was them. If not, sign them out everywhere, reset the password and review what was done since.',
  tags: ['Audit Log', 'Initial Access:Valid Accounts'],
  reports: { 'MITRE ATT&CK': ['TA0001:T1078'] },
  summaryAttributes: ['p_any_ip_addresses', 'p_any_usernames'],
  rule(event) {
    if (event.actionName !== 'SIGN_IN' || event.actionResult !== 'SUCCEEDED') return false;
    const here = deepGet(event, 'actor', 'attributes', 'roleName') === 'Admin' ? place(event) : undefined;
    if (here === undefined) return false;
    const key = `administrator-places:${event.actor.id}`;
    const seen = getStringSet(key);
    if (seen.has(here)) return false;
    addToStringSet(key, [here]);
    return seen.size > 0;
  },
  title: (event) => `Administrator ${udm(event, 'actor_user')} signed in from a new place`,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    place: place(event) ?? null,
  }),
  tests: [
    {
      name: 'Another network',
      expectedResult: true,
      mocks: [
        { objectName: 'getStringSet', returnValue: ['192.0.2'] },
        { objectName: 'addToStringSet', returnValue: [] },
      ],
      log: {
        actionName: 'SIGN_IN',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER', attributes: { roleName: 'Admin' } },
        sourceIP: '198.51.100.9',
      },
    },
    {
      name: 'The usual country',
      expectedResult: false,
      mocks: [{ objectName: 'getStringSet', returnValue: ['DE'] }],
      log: {
        actionName: 'SIGN_IN',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER', attributes: { roleName: 'Admin' } },
        sourceIP: '198.51.100.9',
        p_enrichment: { ipinfo_location: { sourceIP: { country: 'DE' } } },
      },
    },
    {
      name: 'Someone else',
      expectedResult: false,
      log: {
        actionName: 'SIGN_IN',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER', attributes: { roleName: 'Analyst' } },
        sourceIP: '198.51.100.9',
      },
    },
  ],
});
