import { isIP } from 'node:net';
import {
  type AuditRecord,
  erasedText,
  formatTimestamp,
  type OpenedEntry,
  parseTimestamp,
  RecordError,
} from '@pawprint/record';
import { standardColumns, standardJsonPaths } from './standard-columns.ts';
import type { Column, LoadContext, Row, TableDefinition } from './table-definition.ts';
import { microsecondText, withJsonTexts } from './values.ts';

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

/**
 * The row of a ledger entry that was opened: `{v: 1, id, record}` as canonical JSON. That it is an entry was checked when the ledger
 * was read, and is not again.
 * @throws RecordError for what no row can be made of.
 */
export function pantherAuditRow(entry: Uint8Array, context: LoadContext): Row {
  const opened = parseOpened(entry);
  const values = withJsonTexts(pantherAuditEvent(opened, context), pantherAudit.jsonPaths);
  return { eventTime: parseTimestamp(opened.record.timestamp), values };
}

function parseOpened(entry: Uint8Array): Pick<OpenedEntry, 'id' | 'record'> {
  try {
    const { v, id, record } = JSON.parse(
      Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString(),
    );
    if (v === 1 && typeof id === 'string' && typeof record?.actor === 'object') return { id, record };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new RecordError('malformed_entry', 'this is no opened entry');
}

/** An audit record as an event: what detections see, and the values of its row with JSON still in it. */
export function pantherAuditEvent(
  { id, record }: Pick<OpenedEntry, 'id' | 'record'>,
  { parseTime, sourceId, ledgerIndex }: LoadContext,
): Record<string, unknown> {
  return {
    ...record,
    p_log_type: logType,
    p_row_id: id,
    p_event_time: microsecondText(record.timestamp),
    p_parse_time: microsecondText(formatTimestamp(parseTime)),
    p_schema_version: 0,
    p_source_id: sourceId,
    p_source_label: 'panther audit logs',
    ...indicators(record),
    p_ledger_index: ledgerIndex,
  };
}

function indicators({ actor, sourceIP, XForwardedFor }: AuditRecord): Record<string, unknown> {
  const addresses = [sourceIP, ...(XForwardedFor ?? [])].map((address) => address?.trim());
  return {
    p_any_ip_addresses: distinct(addresses.filter((address) => isIP(address ?? '') !== 0)),
    p_any_usernames: distinct([actor.name]),
    p_any_actor_ids: distinct([actor.id]),
    p_any_emails: distinct([actor.attributes?.email]),
  };
}

function distinct(values: readonly unknown[]): readonly string[] | undefined {
  const texts = new Set(
    values.filter((value) => typeof value === 'string').filter((text) => text !== '' && text !== erasedText),
  );
  return texts.size === 0 ? undefined : [...texts];
}
