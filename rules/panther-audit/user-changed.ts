import { deepGet, defineRule, udm } from '@pawprint/detections';

const provisioners = ['scim', '00000000-0000-4000-8000-000000000000'];

export default defineRule({
  id: 'Pawprint.Audit.UserChanged',
  displayName: 'A user was changed',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription: 'The e-mail address, name or role of a user was changed.',
  defaultRunbook:
    'Confirm the change with whoever made it and the user. A changed address receives links that set a password; a changed role changes what the user may do.',
  tags: ['Audit Log', 'Persistence:Account Manipulation'],
  reports: { 'MITRE ATT&CK': ['TA0003:T1098'] },
  summaryAttributes: ['p_any_usernames', 'p_any_ip_addresses'],
  rule: (event) => event.actionName === 'UPDATE_USER' && event.actionResult === 'SUCCEEDED',
  title: (event) =>
    `User ${deepGet(udm(event, 'input'), 'email') ?? deepGet(udm(event, 'input'), 'id')} was changed by ${udm(event, 'actor_user')}`,
  // A directory keeps users up to date on its own.
  severity: (event) => (provisioners.includes(event.actor.id) ? 'INFO' : 'DEFAULT'),
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    target: udm(event, 'input'),
    change: event.actionDetails,
    ip: event.sourceIP,
  }),
  tests: [
    {
      name: 'A role given',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_USER',
        actionResult: 'SUCCEEDED',
        actionParams: {
          dynamic: { input: { id: 'u2', role: { kind: 'NAME', value: 'Admin' } } },
          static: {},
        },
        actor: { id: 'u1', type: 'USER', attributes: { email: 'ada@example.com' } },
      },
    },
    {
      name: 'By the directory',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_USER',
        actionResult: 'SUCCEEDED',
        actionParams: { input: { email: 'bob@example.com', id: 'u2' } },
        actor: { id: 'scim', type: 'TOKEN', name: 'scim' },
      },
    },
    {
      name: 'A refused change',
      expectedResult: false,
      log: { actionName: 'UPDATE_USER', actionResult: 'FAILED', actor: { id: 'u1', type: 'USER' } },
    },
  ],
});
