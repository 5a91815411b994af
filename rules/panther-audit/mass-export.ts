import { deepGet, defineRule, udm } from '@pawprint/detections';

export default defineRule({
  id: 'Pawprint.Audit.MassExport',
  displayName: 'The results of many queries were downloaded',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: 'One actor downloaded the results of ten different queries within an hour.',
  defaultRunbook:
    'See what was downloaded (the queries are on record as EXECUTE_DATA_LAKE_QUERY) and ask what for. Suspend the account if there is no answer.',
  tags: ['Audit Log', 'Exfiltration:Exfiltration Over Web Service'],
  reports: { 'MITRE ATT&CK': ['TA0010:T1567'] },
  summaryAttributes: ['p_any_usernames', 'p_any_ip_addresses'],
  threshold: 10,
  dedupPeriodMinutes: 60,
  rule: (event) => event.actionName === 'DOWNLOAD_DATA_LAKE_QUERY' && event.actionResult === 'SUCCEEDED',
  title: (event) => `${udm(event, 'actor_user')} downloaded the results of many queries`,
  dedup: (event) => event.actor.id,
  unique: (event) => String(deepGet(udm(event, 'input'), 'id')),
  alertContext: (event) => ({
    user: udm(event, 'actor_user'),
    ip: event.sourceIP,
    rows: deepGet(event, 'actionDetails', 'rowCount') ?? null,
  }),
  tests: [
    {
      name: 'A download',
      expectedResult: true,
      log: {
        actionName: 'DOWNLOAD_DATA_LAKE_QUERY',
        actionResult: 'SUCCEEDED',
        actionParams: { dynamic: { id: 'q1' }, static: {} },
        actionDetails: { rowCount: 100 },
        actor: { id: 'u1', type: 'USER' },
      },
    },
    {
      name: 'A query alone',
      expectedResult: false,
      log: {
        actionName: 'EXECUTE_DATA_LAKE_QUERY',
        actionResult: 'SUCCEEDED',
        actor: { id: 'u1', type: 'USER' },
      },
    },
  ],
});
