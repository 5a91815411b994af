import type { Rows } from '../store/store.ts';
import type { AlertRow } from '../store/tables.ts';
import type { AlertNotice } from './destinations/destination.ts';

/** Among the kinds of content, those whose alerts there are; an id is unique among them. */
export const detectionKinds = ['rule', 'scheduled_rule', 'policy', 'correlation_rule'];

/** What a destination is told of an alert. @param consoleAddress such as `https://pawprint.example.com` */
export async function alertNotice(rows: Rows, alert: AlertRow, consoleAddress: string): Promise<AlertNotice> {
  const detection =
    alert.detection_id === null
      ? undefined
      : await rows
          .selectFrom('detection_content')
          .select('display_name')
          .where('id', '=', alert.detection_id)
          .where('kind', 'in', detectionKinds)
          .executeTakeFirst();
  return {
    alertId: alert.id,
    type: alert.type,
    severity: alert.severity,
    title: alert.title,
    detectionId: alert.detection_id ?? '',
    name: detection?.display_name || alert.detection_id || alert.title,
    version: alert.detection_version,
    description: alert.description,
    runbook: alert.runbook,
    reference: alert.reference,
    tags: JSON.parse(alert.tags),
    context: JSON.parse(alert.context),
    createdAt: alert.created_at,
    link: `${consoleAddress}/alerts/${alert.id}`,
    isTest: false,
  };
}

/** What is sent to try a destination out. @param id of nothing: there is no such alert. */
export function testNotice(id: string, createdAt: string, consoleAddress: string): AlertNotice {
  return {
    alertId: id,
    type: 'RULE',
    severity: 'INFO',
    title: 'This is a test alert',
    detectionId: 'Test.Alert',
    name: 'Test alert',
    version: null,
    description: 'Somebody tries out whether alerts arrive here. There is nothing to do.',
    runbook: 'Nothing is to be done.',
    reference: '',
    tags: ['test'],
    context: {},
    createdAt,
    link: `${consoleAddress}/settings/destinations`,
    isTest: true,
  };
}
