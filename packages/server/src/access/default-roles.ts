import { type Permission, permissions } from '@pawprint/record';

export interface DefaultRole {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/**
 * What analysts look at. The raw data of log sources, users, API tokens and settings are for administrators until a role
 * says otherwise.
 */
const analystReads: readonly Permission[] = [
  'AlertRead',
  'RuleRead',
  'PolicyRead',
  'ResourceRead',
  'DataAnalyticsRead',
  'LookupRead',
  'LogSourceRead',
  'CloudsecSourceRead',
  'DestinationRead',
  'SummaryRead',
];

/** What analysts change: log analysis and cloud security, but nothing about users, settings, destinations or sources. */
const analystChanges: readonly Permission[] = [
  'AlertModify',
  'RuleModify',
  'PolicyModify',
  'ResourceModify',
  'BulkUpload',
  'BulkUploadValidate',
  'DataAnalyticsModify',
  'LookupModify',
  'RunPantherAI',
];

/** The roles a new instance starts with; they may see all log types. */
export const defaultRoles = {
  admin: { name: 'Admin', permissions: permissions.map(({ name }) => name) },
  analyst: { name: 'Analyst', permissions: [...analystReads, ...analystChanges] },
  analystReadOnly: { name: 'AnalystReadOnly', permissions: analystReads },
} as const satisfies Record<string, DefaultRole>;
