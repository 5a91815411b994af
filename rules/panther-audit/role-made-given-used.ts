import {
  addToStringSet,
  deepGet,
  defineRule,
  eventTimeEpoch,
  getStringSet,
  setKeyExpiration,
  udm,
} from '@pawprint/detections';

const rememberedSeconds = 3600;

/** Remembers for an hour, so that the whole correlation spans at most an hour from step to step. */
function remember(key: string, value: unknown, event: object): void {
  addToStringSet(key, [String(value)]);
  setKeyExpiration(key, eventTimeEpoch(event) + rememberedSeconds);
}

export default defineRule({
  id: 'Pawprint.Audit.RoleMadeGivenUsed',
  displayName: 'A role was made, given to a user, and data exported by that user',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription:
    'Within an hour of each other: a role was created, a user was given it, and that user downloaded results of a query.',
  defaultRunbook:
    'Find out who made the role and why, what the user downloaded, and whether the role is still needed. Take it away meanwhile.',
  tags: ['Audit Log', 'Exfiltration:Exfiltration Over Web Service', 'Persistence:Account Manipulation'],
  reports: { 'MITRE ATT&CK': ['TA0010:T1567', 'TA0003:T1098'] },
  summaryAttributes: ['p_any_usernames', 'p_any_ip_addresses'],
  rule(event) {
    if (event.actionResult !== 'SUCCEEDED') return false;
    const input = udm(event, 'input');
    if (event.actionName === 'CREATE_USER_ROLE') {
      for (const role of [deepGet(event, 'actionDetails', 'after', 'id'), deepGet(input, 'name')]) {
        if (role !== undefined) remember('new-roles', role, event);
      }
    } else if (event.actionName === 'UPDATE_USER' || event.actionName === 'CREATE_USER') {
      const user = deepGet(input, 'id') ?? deepGet(event, 'actionDetails', 'after', 'id');
      const role = deepGet(input, 'role', 'value');
      if (user !== undefined && role !== undefined && getStringSet('new-roles').has(String(role))) {
        remember('users-with-new-roles', user, event);
      }
    } else if (event.actionName === 'DOWNLOAD_DATA_LAKE_QUERY') {
      return getStringSet('users-with-new-roles').has(event.actor.id);
    }
    return false;
  },
  title: (event) => `${udm(event, 'actor_user')} was given a new role and exported data`,
  dedup: (event) => event.actor.id,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    query: deepGet(udm(event, 'input'), 'id') ?? null,
  }),
  tests: [
    {
      name: 'The export',
      expectedResult: true,
      mocks: [{ objectName: 'getStringSet', returnValue: ['u2'] }],
      log: {
        actionName: 'DOWNLOAD_DATA_LAKE_QUERY',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { id: 'q1' }, static: {} },
        actor: { id: 'u2', type: 'USER' },
      },
    },
    {
      name: 'An export by another',
      expectedResult: false,
      mocks: [{ objectName: 'getStringSet', returnValue: ['u2'] }],
      log: {
        actionName: 'DOWNLOAD_DATA_LAKE_QUERY',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'The role alone',
      expectedResult: false,
      mocks: [{ objectName: 'addToStringSet', returnValue: [] }, { objectName: 'setKeyExpiration' }],
      log: {
        actionName: 'CREATE_USER_ROLE',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { name: 'Export' } }, static: {} },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
