import { deepWalk, defineRule, udm } from '@pawprint/detections';

const deletions = [
  'DELETE_DATA_MODEL',
  'DELETE_DETECTION',
  'DELETE_DETECTION_FILTER',
  'DELETE_DETECTION_PACK_SOURCE',
  'DELETE_GLOBAL_HELPER',
  'DELETE_LOOKUP_TABLE',
  'DELETE_SAVED_DATA_LAKE_QUERY',
];

export default defineRule({
  id: 'Pawprint.Audit.ContentDeleted',
  displayName: 'Detection content was deleted',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'INFO',
  defaultDescription: 'A detection, query, lookup table or something that detections build on was deleted.',
  defaultRunbook:
    'Ask whoever deleted it whether it was agreed. Compare the list in the alert context with the last reviewed state, and look for what went unseen since.',
  tags: ['Audit Log', 'Defense Evasion:Impair Defenses'],
  reports: { 'MITRE ATT&CK': ['TA0005:T1562'] },
  summaryAttributes: ['p_any_ip_addresses', 'p_any_usernames'],
  rule: (event) => deletions.includes(event.actionName) && event.actionResult !== 'FAILED',
  title: (event) => `Detection content was deleted by ${udm(event, 'actor_user')}`,
  alertContext: (event) => ({
    deleted: [
      ...deepWalk(udm(event, 'input'), 'detections', 'id'),
      ...deepWalk(udm(event, 'input'), 'ids'),
      ...deepWalk(udm(event, 'input'), 'names'),
    ],
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
  }),
  tests: [
    {
      name: 'Detections deleted in the console',
      expectedResult: true,
      log: {
        actionName: 'DELETE_DETECTION',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { input: { detections: [{ id: 'Okta.BruteForce' }] } }, static: {} },
        actor: { id: 'u1', type: 'USER', name: 'Ada', attributes: { email: 'ada@example.com' } },
        sourceIP: '192.0.2.7',
      },
    },
    {
      name: 'Some of several queries deleted by a token',
      expectedResult: true,
      log: {
        actionName: 'DELETE_SAVED_DATA_LAKE_QUERY',
        actionResult: 'PARTIALLY_FAILED',
        actionParams: { dynamic: { input: { names: ['a', 'b'] } }, static: {} },
        actor: { id: 't1', type: 'TOKEN', name: 'ci' },
      },
    },
    {
      name: 'A refused attempt',
      expectedResult: false,
      log: { actionName: 'DELETE_DETECTION', actionResult: 'FAILED', actor: { id: 'u1', type: 'USER' } },
    },
    {
      name: 'Something else',
      expectedResult: false,
      log: { actionName: 'LIST_DETECTIONS', actionResult: 'SUCCEEDED', actor: { id: 'u1', type: 'USER' } },
    },
  ],
});
