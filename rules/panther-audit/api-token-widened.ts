import { deepGet, defineRule, udm } from '@pawprint/detections';

function list(event: object, side: 'before' | 'after', field: string): readonly unknown[] {
  const found = deepGet(event, 'actionDetails', side, field);
  return Array.isArray(found) ? found : [];
}

/** Permissions and networks that the token did not have before. No network at all means any. */
function widening(event: object): readonly unknown[] {
  const [before, after] = [
    list(event, 'before', 'allowedCIDRBlocks'),
    list(event, 'after', 'allowedCIDRBlocks'),
  ];
  const networks =
    after.length === 0 && before.length > 0
      ? ['any network']
      : before.length === 0
        ? []
        : after.filter((network) => !before.includes(network));
  const had = list(event, 'before', 'permissions');
  return [
    ...list(event, 'after', 'permissions').filter((permission) => !had.includes(permission)),
    ...networks,
  ];
}

export default defineRule({
  id: 'Pawprint.Audit.ApiTokenWidened',
  displayName: 'An API token was created or can do more than before',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: 'An API token works without a person and outlives sessions and passwords.',
  defaultRunbook:
    'Confirm with whoever made the change what the token is for, that its permissions are the least it needs, and that it is bound to networks. Delete it otherwise.',
  tags: ['Audit Log', 'Persistence:Account Manipulation'],
  reports: { 'MITRE ATT&CK': ['TA0003:T1098.001'] },
  summaryAttributes: ['p_any_usernames', 'p_any_ip_addresses'],
  rule: (event) =>
    event.actionResult === 'SUCCEEDED' &&
    (event.actionName === 'CREATE_API_TOKEN' ||
      (event.actionName === 'UPDATE_API_TOKEN' && widening(event).length > 0)),
  title: (event) =>
    `API token ${deepGet(event, 'actionDetails', 'after', 'name') ?? deepGet(udm(event, 'input'), 'name')} was ${event.actionName === 'CREATE_API_TOKEN' ? 'created' : 'widened'} by ${udm(event, 'actor_user')}`,
  severity: (event) => {
    const given =
      deepGet(event, 'actionDetails', 'after', 'permissions') ?? deepGet(udm(event, 'input'), 'permissions');
    const all = Array.isArray(given) ? given : [];
    return all.some((permission) => ['UserModify', 'OrganizationAPITokenModify'].includes(permission))
      ? 'HIGH'
      : 'DEFAULT';
  },
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    gained: widening(event),
    token: deepGet(event, 'actionDetails', 'after') ?? udm(event, 'input'),
  }),
  tests: [
    {
      name: 'A token created',
      expectedResult: true,
      log: {
        actionName: 'CREATE_API_TOKEN',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { name: 'ci', permissions: ['BulkUpload'] } }, static: {} },
        actionDetails: { after: { name: 'ci', permissions: ['BulkUpload'], allowedCIDRBlocks: [] } },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'Freed of its networks',
      expectedResult: true,
      log: {
        actionName: 'UPDATE_API_TOKEN',
        actionResult: 'SUCCEEDED',
        actionDetails: {
          before: { name: 'ci', permissions: ['BulkUpload'], allowedCIDRBlocks: ['192.0.2.0/24'] },
          after: { name: 'ci', permissions: ['BulkUpload'], allowedCIDRBlocks: [] },
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'Bound to a network',
      expectedResult: false,
      log: {
        actionName: 'UPDATE_API_TOKEN',
        actionResult: 'SUCCEEDED',
        actionDetails: {
          before: { name: 'ci', permissions: ['BulkUpload'], allowedCIDRBlocks: [] },
          after: { name: 'ci', permissions: ['BulkUpload'], allowedCIDRBlocks: ['192.0.2.0/24'] },
        },
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
