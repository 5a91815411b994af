import {
  defineRule,
  eventTimeEpoch,
  getCounter,
  incrementCounter,
  resetCounter,
  setKeyExpiration,
  udm,
} from '@pawprint/detections';

const failuresMin = 5;
const rememberedSeconds = 3600;

export default defineRule({
  id: 'Pawprint.Audit.SignInBruteForce',
  displayName: 'A sign-in succeeded after many that failed',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription:
    'After at least five failed attempts within an hour of each other somebody signed in to the account.',
  defaultRunbook:
    'Ask the user, on another channel, whether it was them. If not, reset the password, sign the user out everywhere, and review what was done since.',
  tags: ['Audit Log', 'Credential Access:Brute Force'],
  reports: { 'MITRE ATT&CK': ['TA0006:T1110'] },
  summaryAttributes: ['p_any_ip_addresses', 'p_any_usernames'],
  rule(event) {
    if (event.actionName !== 'SIGN_IN') return false;
    const key = `failed-sign-ins:${event.actor.name ?? event.actor.id}`;
    if (event.actionResult === 'FAILED') {
      incrementCounter(key);
      setKeyExpiration(key, eventTimeEpoch(event) + rememberedSeconds);
      return false;
    }
    const failures = getCounter(key);
    if (failures > 0) resetCounter(key);
    return failures >= failuresMin;
  },
  title: (event) => `${udm(event, 'actor_user')} signed in after many failed attempts`,
  dedup: (event) => event.actor.id,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    userAgent: event.userAgent,
  }),
  tests: [
    {
      name: 'After five failures',
      expectedResult: true,
      mocks: [{ objectName: 'getCounter', returnValue: 5 }, { objectName: 'resetCounter' }],
      log: {
        actionName: 'SIGN_IN',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER', name: 'ada@example.com' },
      },
    },
    {
      name: 'After a slip',
      expectedResult: false,
      mocks: [{ objectName: 'getCounter', returnValue: 1 }, { objectName: 'resetCounter' }],
      log: {
        actionName: 'SIGN_IN',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER', name: 'ada@example.com' },
      },
    },
    {
      name: 'A failure',
      expectedResult: false,
      mocks: [{ objectName: 'incrementCounter', returnValue: 9 }, { objectName: 'setKeyExpiration' }],
      log: {
        actionName: 'SIGN_IN',
        actionResult: 'FAILED',
        actor: { id: 'u1', type: 'USER', name: 'ada@example.com' },
      },
    },
  ],
});
