import { deepWalk, defineRule, udm } from '@pawprint/detections';

export default defineRule({
  id: 'Pawprint.Audit.ManyRefusals',
  displayName: 'Many actions of one actor were refused',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: 'Someone tries what they may not do, or a token tries what it was not made for.',
  defaultRunbook:
    'See which actions were refused. A broken integration repeats one; someone who explores tries many. Ask the person, or suspend the account.',
  tags: ['Audit Log', 'Discovery:Account Discovery'],
  reports: { 'MITRE ATT&CK': ['TA0007:T1087'] },
  summaryAttributes: ['p_any_ip_addresses', 'p_any_usernames'],
  threshold: 20,
  dedupPeriodMinutes: 15,
  rule: (event) =>
    event.actionResult === 'FAILED' &&
    // Failed sign-ins have a rule of their own.
    event.actionName !== 'SIGN_IN',
  title: (event) => `Many actions of ${udm(event, 'actor_user')} were refused`,
  dedup: (event) => event.actor.id,
  alertContext: (event) => ({
    action: event.actionName,
    errors: deepWalk(event.errors, 'message'),
    ip: event.sourceIP,
  }),
  tests: [
    {
      name: 'A refusal',
      expectedResult: true,
      log: {
        actionName: 'DELETE_USER',
        actionResult: 'FAILED',
        actor: { id: 'u1', type: 'USER' },
        errors: [{ message: 'You need the permission UserModify' }],
      },
    },
    {
      name: 'A failed sign-in',
      expectedResult: false,
      log: { actionName: 'SIGN_IN', actionResult: 'FAILED', actor: { id: 'u1', type: 'USER' } },
    },
    {
      name: 'A success',
      expectedResult: false,
      log: { actionName: 'LIST_USERS', actionResult: 'SUCCEEDED', actor: { id: 'u1', type: 'USER' } },
    },
  ],
});
