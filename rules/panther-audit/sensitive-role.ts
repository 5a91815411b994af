import { deepGet, defineRule, udm } from '@pawprint/detections';

const sensitive = [
  'UserModify',
  'OrganizationAPITokenModify',
  'OrganizationAPITokenRead',
  'GeneralSettingsModify',
];

/** Permissions that the role has now and did not have before. */
function gained(event: object): readonly unknown[] {
  const before = deepGet(event, 'actionDetails', 'before', 'permissions');
  const after =
    deepGet(event, 'actionDetails', 'after', 'permissions') ?? deepGet(udm(event, 'input'), 'permissions');
  const had = Array.isArray(before) ? before : [];
  return (Array.isArray(after) ? after : []).filter(
    (permission) => sensitive.includes(permission) && !had.includes(permission),
  );
}

export default defineRule({
  id: 'Pawprint.Audit.SensitiveRole',
  displayName: 'A role with administrative permissions was created or edited',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'HIGH',
  defaultDescription: 'A role was given permissions that amount to full administration.',
  defaultRunbook:
    'Confirm the need with whoever made the change, and see who has the role. Take the permissions away again if they were not agreed.',
  tags: ['Audit Log', 'Persistence:Account Manipulation'],
  reports: { 'MITRE ATT&CK': ['TA0003:T1098'] },
  summaryAttributes: ['p_any_usernames'],
  rule: (event) =>
    ['CREATE_USER_ROLE', 'UPDATE_USER_ROLE'].includes(event.actionName) &&
    event.actionResult === 'SUCCEEDED' &&
    gained(event).length > 0,
  title: (event) =>
    `Role ${deepGet(udm(event, 'input'), 'name') ?? deepGet(event, 'actionDetails', 'after', 'name')} was given administrative permissions by ${udm(event, 'actor_user')}`,
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    role: deepGet(udm(event, 'input'), 'name') ?? deepGet(event, 'actionDetails', 'after', 'name'),
    permissions: gained(event),
    ip: event.sourceIP,
  }),
  tests: [
    {
      name: 'A role with sensitive permissions',
      expectedResult: true,
      log: {
        actionName: 'CREATE_USER_ROLE',
        actionResult: 'SUCCEEDED',
        actionParams: {
          dynamic: { input: { name: 'Ops', permissions: ['UserModify', 'AlertRead'] } },
          static: {},
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'An edit that adds one',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_USER_ROLE',
        actionResult: 'SUCCEEDED',
        actionDetails: {
          before: { name: 'Ops', permissions: ['AlertRead'] },
          after: { name: 'Ops', permissions: ['AlertRead', 'GeneralSettingsModify'] },
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'An edit that leaves one where it was',
      expectedResult: false,
      log: {
        actionName: 'UPDATE_USER_ROLE',
        actionResult: 'SUCCEEDED',
        actionDetails: {
          before: { name: 'Ops', permissions: ['UserModify'] },
          after: { name: 'Operations', permissions: ['UserModify'] },
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'A role without permissions',
      expectedResult: false,
      log: {
        actionName: 'CREATE_USER_ROLE',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { name: 'Guests' } }, static: {} },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
