import type { AlertListingType, AlertStatus, AlertType, Severity } from '../../api/operations.ts';

/** What the console calls the values of the API. */
export const statusLabels = {
  OPEN: 'Open',
  TRIAGED: 'Triaged',
  RESOLVED: 'Resolved',
  CLOSED: 'Invalid',
} as const satisfies Record<AlertStatus, string>;

/** The gravest first. */
export const severityLabels = {
  CRITICAL: 'Critical',
  HIGH: 'High',
  MEDIUM: 'Medium',
  LOW: 'Low',
  INFO: 'Info',
} as const satisfies Record<Severity, string>;

export const listingLabels = {
  ALERT: 'Detections',
  DETECTION_ERROR: 'Detection errors',
  SYSTEM_ERROR: 'System errors',
} as const satisfies Record<AlertListingType, string>;

export const typeLabels = {
  RULE: 'Rule',
  SCHEDULED_RULE: 'Scheduled rule',
  POLICY: 'Policy',
  CORRELATION_RULE: 'Correlation rule',
  RULE_ERROR: 'Rule error',
  SCHEDULED_RULE_ERROR: 'Scheduled rule error',
  SYSTEM_ERROR: 'System error',
} as const satisfies Record<AlertType, string>;

/** Of which listing an alert of the type is. */
export function listingOf(type: AlertType): AlertListingType {
  if (type === 'SYSTEM_ERROR') return 'SYSTEM_ERROR';
  return type.endsWith('_ERROR') ? 'DETECTION_ERROR' : 'ALERT';
}
