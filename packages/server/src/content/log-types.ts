import { writeYaml } from '@pawprint/detections';
import type { TableDefinition } from '@pawprint/lake';

/** A log type that detections may name. */
export interface LogSchema {
  readonly name: string;
  readonly description: string;
  readonly referenceURL: string;
  readonly revision: number;
  /** YAML, as Panther writes schemas. */
  readonly spec: string;
  readonly isManaged: boolean;
  readonly isArchived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** When the schemas that ship with the product came to be as they are. */
const shippedAt = '2026-11-25T00:00:00.000Z';

/**
 * The log types that ship with the product: those of its tables with their columns, then those that published detections are
 * written for, so that their authors' tools take these as known. Of the latter no fields are known here.
 */
export function managedLogTypes(tables: readonly TableDefinition[]): readonly LogSchema[] {
  const own = tables
    .filter(({ database }) => database === 'panther_logs')
    .flatMap(({ logType, description, columns }) =>
      logType === null
        ? []
        : schema(logType, description, {
            schema: logType,
            version: 0,
            fields: columns
              .filter(({ name }) => !name.startsWith('p_'))
              .map(({ name, type, ...column }) => ({
                name,
                description: column.description,
                ...typeOf(type),
              })),
          }),
    );
  const known = new Set(own.map(({ name }) => name));
  const others = published.filter((name) => !known.has(name));
  return [...own, ...others.map((name) => schema(name, '', { schema: name, version: 0, fields: [] }))];
}

function schema(name: string, description: string, spec: object): LogSchema {
  return {
    name,
    description,
    referenceURL: '',
    revision: 1,
    spec: writeYaml(spec),
    isManaged: true,
    isArchived: false,
    createdAt: shippedAt,
    updatedAt: shippedAt,
  };
}

/** The type of a schema's field for that of a column. */
function typeOf(type: string): { readonly type: string; readonly element?: { readonly type: string } } {
  if (type.endsWith('[]')) return { type: 'array', element: typeOf(type.slice(0, -2)) };
  if (type === 'VARCHAR') return { type: 'string' };
  if (type.startsWith('TIMESTAMP')) return { type: 'timestamp' };
  if (type === 'BIGINT') return { type: 'bigint' };
  return {
    type: type === 'INTEGER' ? 'int' : type === 'DOUBLE' ? 'float' : type === 'BOOLEAN' ? 'boolean' : 'json',
  };
}

/** Names of log types that the public detections of others are written for. */
const published: readonly string[] = `
AWS.ALB AWS.BedrockModelInvocation AWS.CloudTrail AWS.GuardDuty AWS.S3ServerAccess AWS.SecurityFindingFormat AWS.VPCDns AWS.VPCFlow
AWS.WAFWebACL Amazon.EKS.Audit Anthropic.Activity AppOmni.Alerts Asana.Audit Atlassian.Audit Auth0.Events Axonius.Activity Azure.Audit
Azure.MonitorActivity Box.Event CarbonBlack.AlertV2 CarbonBlack.Audit CarbonBlack.EndpointEvent CiscoUmbrella.DNS Cloudflare.Firewall
Cloudflare.HttpRequest Crowdstrike.DNSRequest Crowdstrike.DetectionSummary Crowdstrike.EventStreams Crowdstrike.FDREvent
Crowdstrike.Unknown Databricks.Audit Docusign.Connect Dropbox.TeamEvent Duo.Administrator Duo.Authentication GCP.AuditLog
GCP.HTTPLoadBalancer GSuite.ActivityEvent GitHub.Audit GitHub.Webhook GitLab.Audit GitLab.Production Gravitational.TeleportAudit
Microsoft365.Audit.AzureActiveDirectory Microsoft365.Audit.Exchange Microsoft365.Audit.SharePoint
MicrosoftDefenderXDR.AdvancedHunting MicrosoftGraph.SecurityAlertV2 MicrosoftIntune.AuditLogs MicrosoftIntune.OperationalLogs
MongoDB.OrganizationEvent MongoDB.ProjectEvent Netskope.Audit Notion.AuditLogs OCSF.DnsActivity OCSF.NetworkActivity Okta.SystemLog
OneLogin.Events OnePassword.ItemUsage OnePassword.SignInAttempt OpenAI.Audit Orca.Alert Osquery.Differential Proofpoint.Event
PushSecurity.Activity PushSecurity.Controls PushSecurity.Entities SOCRadar.Incidents Salesforce.LoginAs Salesforce.RealtimeEvent
SentinelOne.Activity SentinelOne.DeepVisibility Slack.AccessLogs Slack.AuditLogs Slack.IntegrationLogs Snowflake.DataTransferHistory
Snowflake.GrantsToRoles Snowflake.GrantsToUsers Snowflake.LoginHistory Snowflake.QueryHistory Snyk.GroupAudit Snyk.OrgAudit Sublime.Audit
Sublime.MessageEvent Suricata.DNS Tailscale.Audit ThinkstCanary.Alert Tines.Audit Tracebit.Alert Upwind.Detections Windows.EventLogs
Wiz.Audit Wiz.Detections Wiz.Issues Wiz.IssuesWebhook Zeek.DNS Zendesk.Audit Zoom.Activity Zoom.Operation Zscaler.ZIA.AdminAuditLog`
  .trim()
  .split(/\s+/);
