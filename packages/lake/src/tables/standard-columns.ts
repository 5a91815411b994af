import type { Column } from './table-definition.ts';

/** What indicators there are, with what they find. */
const indicators: readonly (readonly [name: string, description: string])[] = [
  ['ip_addresses', 'Every IP address in the row.'],
  ['domain_names', 'Every domain name in the row.'],
  ['usernames', 'Every user name in the row.'],
  ['actor_ids', 'Every actor id in the row.'],
  ['emails', 'Every e-mail address in the row; of audit records that of the actor.'],
  ['trace_ids', 'Every trace id in the row.'],
  ['aws_account_ids', 'Every AWS account id in the row.'],
  ['aws_arns', 'Every AWS resource name (ARN) in the row.'],
  ['aws_instance_ids', 'Every AWS instance id in the row.'],
  ['aws_tags', 'Every AWS tag in the row, as `key:value`.'],
  ['md5_hashes', 'Every MD5 hash in the row.'],
  ['sha1_hashes', 'Every SHA-1 hash in the row.'],
  ['sha256_hashes', 'Every SHA-256 hash in the row.'],
  ['mac_addresses', 'Every MAC address in the row.'],
  ['serial_numbers', 'Every serial number in the row.'],
];

/** The columns that every table has besides those of its log type. */
export const standardColumns: readonly Column[] = [
  { name: 'p_log_type', type: 'VARCHAR', description: 'The type of log the row comes from.' },
  {
    name: 'p_row_id',
    type: 'VARCHAR',
    description: 'Unique id of the event; for audit records that of the ledger entry.',
  },
  { name: 'p_event_time', type: 'TIMESTAMP', description: 'When it happened, in UTC.' },
  { name: 'p_parse_time', type: 'TIMESTAMP', description: 'When the row was made, in UTC.' },
  { name: 'p_schema_version', type: 'INTEGER', description: 'Version of the schema the row was made with.' },
  { name: 'p_source_id', type: 'VARCHAR', description: 'Id of the log source.' },
  { name: 'p_source_label', type: 'VARCHAR', description: 'Name of the log source.' },
  { name: 'p_source_file', type: 'JSON', description: 'The file the event came in, where it came in one.' },
  { name: 'p_header', type: 'JSON', description: 'What came with the event but outside of it.' },
  { name: 'p_udm', type: 'JSON', description: 'Fields under the names that all log types share.' },
  { name: 'p_enrichment', type: 'JSON', description: 'What lookups know of values in the row.' },
  ...indicators.map(([name, description]) => ({ name: `p_any_${name}`, type: 'VARCHAR[]', description })),
  {
    name: 'p_ledger_index',
    type: 'BIGINT',
    description: 'Position of the audit record in the ledger, counted from 0. Specific to this instance.',
  },
];

/** The JSON among them. */
export const standardJsonPaths = standardColumns.filter(isJson).map(({ name }) => [name]);

/** Whether all of a column is JSON. */
export function isJson({ type }: Pick<Column, 'type'>): boolean {
  return type === 'JSON';
}
