/** What a role or an API token may do: the published names, with the text and the group of the role form. */
export const permissions = [
  { name: 'AlertRead', label: 'View Alerts', group: 'Alerts' },
  { name: 'AlertModify', label: 'Manage Alerts', group: 'Alerts' },
  { name: 'RuleRead', label: 'View Rules', group: 'Detections' },
  { name: 'RuleModify', label: 'Manage Rules', group: 'Detections' },
  { name: 'PolicyRead', label: 'View Policies', group: 'Detections' },
  { name: 'PolicyModify', label: 'Manage Policies', group: 'Detections' },
  { name: 'BulkUpload', label: 'Bulk Upload', group: 'Detections' },
  { name: 'BulkUploadValidate', label: 'Bulk Upload Validate', group: 'Detections' },
  { name: 'ResourceRead', label: 'View Resources', group: 'Analysis' },
  { name: 'ResourceModify', label: 'Manage Resources', group: 'Analysis' },
  { name: 'DataAnalyticsRead', label: 'Query Data Lake', group: 'Data' },
  { name: 'DataAnalyticsModify', label: 'Manage Saved Searches', group: 'Data' },
  { name: 'LookupRead', label: 'View Lookups', group: 'Data' },
  { name: 'LookupModify', label: 'Manage Lookups', group: 'Data' },
  { name: 'LogSourceRead', label: 'View Log Sources', group: 'Integrations' },
  { name: 'LogSourceModify', label: 'Manage Log Sources', group: 'Integrations' },
  { name: 'LogSourceRawDataRead', label: 'View Log Source Raw Data', group: 'Integrations' },
  { name: 'CloudsecSourceRead', label: 'View Cloud Security Sources', group: 'Integrations' },
  { name: 'CloudsecSourceModify', label: 'Manage Cloud Security Sources', group: 'Integrations' },
  { name: 'DestinationRead', label: 'View Destinations', group: 'Configuration' },
  { name: 'DestinationModify', label: 'Manage Destinations', group: 'Configuration' },
  { name: 'GeneralSettingsRead', label: 'Read Settings & SAML Preferences', group: 'Configuration' },
  { name: 'GeneralSettingsModify', label: 'Edit Settings & SAML Preferences', group: 'Configuration' },
  { name: 'SummaryRead', label: 'View Overview', group: 'Analytics' },
  { name: 'UserRead', label: 'View Users', group: 'User Management' },
  { name: 'UserModify', label: 'Manage Users', group: 'User Management' },
  { name: 'OrganizationAPITokenRead', label: 'View API Tokens', group: 'User Management' },
  { name: 'OrganizationAPITokenModify', label: 'Manage API Tokens', group: 'User Management' },
  { name: 'RunPantherAI', label: 'Run Panther AI', group: 'Supplementary' },
  { name: 'AIRunAsModify', label: 'Manage AI Run As', group: 'Supplementary' },
  { name: 'ViewAIPrivateResponses', label: 'View Private AI Responses', group: 'Supplementary' },
  { name: 'ManageAIResponses', label: 'Manage AI Responses', group: 'Supplementary' },
  { name: 'ViewAISkills', label: 'View AI Skills', group: 'Supplementary' },
  { name: 'ManageAISkills', label: 'Manage AI Skills', group: 'Supplementary' },
  { name: 'ViewScheduledPrompts', label: 'View Scheduled Prompts', group: 'Supplementary' },
  { name: 'ManageScheduledPrompts', label: 'Manage Scheduled Prompts', group: 'Supplementary' },
  { name: 'McpServerRead', label: 'View MCP Servers', group: 'Supplementary' },
  { name: 'McpServerModify', label: 'Manage MCP Servers', group: 'Supplementary' },
  { name: 'NotificationsSend', label: 'Send Notifications', group: 'Supplementary' },
] as const;

export type Permission = (typeof permissions)[number]['name'];

const names: ReadonlySet<unknown> = new Set(permissions.map(({ name }) => name));

export function isPermission(value: unknown): value is Permission {
  return names.has(value);
}

/** Which log types a role may see: all, only those listed, all but those listed, or none. */
export const logTypeAccessKinds = ['ALLOW_ALL', 'ALLOW', 'DENY', 'DENY_ALL'] as const;

export type LogTypeAccessKind = (typeof logTypeAccessKinds)[number];
