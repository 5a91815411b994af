import { defineRule, udm } from '@pawprint/detections';

export default defineRule({
  id: 'Pawprint.Audit.SamlChanged',
  displayName: 'SAML settings were changed',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription: 'Whoever controls the identity provider that is trusted here can sign in as anyone.',
  defaultRunbook:
    'Confirm the change with the owner of the identity provider. If nobody knows of it, restore the values before it (in the alert context), end all sessions and review sign-ins since.',
  tags: ['Audit Log', 'Defense Evasion:Impair Defenses'],
  reports: { 'MITRE ATT&CK': ['TA0005:T1562', 'TA0003:T1556'] },
  summaryAttributes: ['p_any_ip_addresses', 'p_any_usernames'],
  rule: (event) => event.actionName === 'UPDATE_SAML_SETTINGS' && event.actionResult === 'SUCCEEDED',
  title: (event) => `SAML settings were changed by ${udm(event, 'actor_user')}`,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    change: event.actionDetails,
  }),
  tests: [
    {
      name: 'Settings changed',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_SAML_SETTINGS',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER', attributes: { email: 'ada@example.com' } },
      },
    },
    {
      name: 'Settings looked at',
      expectedResult: false,
      log: { actionName: 'GET_SAML_SETTINGS', actionResult: 'SUCCEEDED', actor: { id: 'u1', type: 'USER' } },
    },
  ],
});
