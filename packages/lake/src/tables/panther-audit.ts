import { isIP } from 'node:net';
import { type AuditRecord, erasedText, formatTimestamp, type OpenedEntry } from '@pawprint/record';
import { standardColumns, standardJsonPaths } from './standard-columns.ts';
import type { Column, LoadContext, TableDefinition } from './table-definition.ts';
import { microsecondText } from './values.ts';

const logType = 'Panther.Audit';

const recordColumns: readonly Column[] = [
  { name: 'actionName', type: 'VARCHAR', description: 'What was done.' },
  { name: 'actionDescription', type: 'VARCHAR', description: 'The same in a sentence.' },
  { name: 'actionResult', type: 'VARCHAR', description: 'SUCCEEDED, FAILED or PARTIALLY_FAILED.' },
  {
    name: 'actionParams',
    type: 'JSON',
    description:
      'What the caller asked for: `dynamic` came as variables, `static` was written in the operation.',
  },
  {
    name: 'actionDetails',
    type: 'JSON',
    description: 'What the action adds, such as values before and after.',
  },
  {
    name: 'actor',
    type: 'STRUCT(id VARCHAR, "type" VARCHAR, "name" VARCHAR, attributes JSON)',
    description: 'Who did it: a USER or a TOKEN; attributes hold email, emailVerified, roleId and roleName.',
  },
  { name: 'errors', type: 'STRUCT(message VARCHAR)[]', description: 'Why it failed.' },
  {
    name: 'sourceIP',
    type: 'VARCHAR',
    description: 'Where the request came from; empty for the instance itself.',
  },
  { name: 'XForwardedFor', type: 'VARCHAR[]', description: 'The addresses of the X-Forwarded-For header.' },
  { name: 'userAgent', type: 'VARCHAR', description: 'The client software as it names itself.' },
  {
    name: 'timestamp',
    type: 'TIMESTAMP_NS',
    description: 'When, in UTC, to the nanosecond as recorded. p_event_time is faster to filter by.',
    // Text in the file keeps all nine digits for engines that stop at microseconds; years outside 1677 to 2262 read as null.
    stored: { type: 'VARCHAR', read: 'TRY_CAST("timestamp" AS TIMESTAMP_NS)' },
  },
  {
    name: 'pantherVersion',
    type: 'VARCHAR',
    description: 'The version of the instance that made the record.',
  },
];

/** What `pantherAuditEvent` fills of the columns that all tables have. */
const filledStandardColumns: readonly string[] = [
  ...[
    'p_log_type',
    'p_row_id',
    'p_event_time',
    'p_parse_time',
    'p_schema_version',
    'p_source_id',
    'p_source_label',
  ],
  ...['p_any_ip_addresses', 'p_any_usernames', 'p_any_actor_ids', 'p_any_emails', 'p_ledger_index'],
];

/** The audit log as a table: `panther_logs.public.panther_audit`. */
export const pantherAudit: TableDefinition = {
  database: 'panther_logs',
  name: 'panther_audit',
  logType,
  displayName: logType,
  description: 'Every action of users, API tokens and the instance itself.',
  columns: [...recordColumns, ...standardColumns],
  unfilled: standardColumns.map(({ name }) => name).filter((name) => !filledStandardColumns.includes(name)),
  jsonPaths: [['actionParams'], ['actionDetails'], ['actor', 'attributes'], ...standardJsonPaths],
};

/** What all rows of the table have in common. */
export const commonValues = {
  p_log_type: logType,
  p_schema_version: 0,
  p_source_label: 'panther audit logs',
};

/**
 * An audit record as an event: what detections see, in the order of the columns. Its row has the same values, JSON among them as
 * text.
 */
export function pantherAuditEvent(
  { id, record }: Pick<OpenedEntry, 'id' | 'record'>,
  { parseTime, sourceId, ledgerIndex }: LoadContext,
): Record<string, unknown> {
  const { p_log_type, p_schema_version, p_source_label } = commonValues;
  return {
    ...record,
    p_log_type,
    p_row_id: id,
    p_event_time: microsecondText(record.timestamp),
    p_parse_time: microsecondText(formatTimestamp(parseTime)),
    p_schema_version,
    p_source_id: sourceId,
    p_source_label,
    ...indicators(record),
    p_ledger_index: ledgerIndex,
  };
}

function indicators({ actor, sourceIP, XForwardedFor }: AuditRecord): Record<string, unknown> {
  return {
    p_any_ip_addresses: addressesOf(sourceIP, XForwardedFor),
    p_any_usernames: distinct([actor.name]),
    p_any_actor_ids: distinct([actor.id]),
    p_any_emails: distinct([actor.attributes?.email]),
  };
}

/** The addresses that a request came from, each once; undefined where there are none. */
export function addressesOf(
  sourceIP: AuditRecord['sourceIP'] | null,
  forwardedFor: AuditRecord['XForwardedFor'] | null,
): readonly string[] | undefined {
  return distinct([sourceIP, ...(forwardedFor ?? [])].map(addressIn));
}

function addressIn(text: string | null | undefined): string | undefined {
  const address = text?.trim() ?? '';
  return isIP(address) === 0 ? undefined : address;
}

function distinct(values: readonly unknown[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const value of values) {
    if (typeof value !== 'string' || value === '' || value === erasedText) continue;
    if (!texts.includes(value)) texts.push(value);
  }
  return texts.length === 0 ? undefined : texts;
}
