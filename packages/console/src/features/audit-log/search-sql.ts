import { type AuditLogSearch, auditLogsInput, parseFieldFilter } from './audit-log-filters.ts';

const table = 'panther_logs.public.panther_audit';

/** Everything in which words are looked for. */
const allText = `concat_ws(chr(10), actionName, actionDescription, actionResult, actionParams, actionDetails, actor.id,
    actor.type, actor.name, actor.attributes, to_json(errors), sourceIP, to_json(XForwardedFor), userAgent, "timestamp",
    pantherVersion)`;

/** The statement that finds the same records in the data lake, newest first. `now` is where a preset period ends. */
export function searchSql(search: AuditLogSearch, now: Date): string {
  const input = auditLogsInput(search, now);
  const one = (column: string, values: readonly string[]) =>
    values.length === 1
      ? `${column} = ${literal(values[0] ?? '')}`
      : `${column} IN (${values.map(literal).join(', ')})`;
  const conditions = [
    input.timestampAfter && `p_event_time >= ${timestamp(input.timestampAfter)}`,
    input.timestampBefore && `p_event_time <= ${timestamp(input.timestampBefore)}`,
    input.actorId && one('actor.id', [input.actorId]),
    input.actorName &&
      `(actor.name ILIKE ${part(input.actorName)} OR actor.attributes.email ILIKE ${part(input.actorName)})`,
    search.action && one('actionName', search.action),
    search.result && one('actionResult', search.result),
    input.sourceIP && addressCondition(input.sourceIP),
    ...(search.field ?? []).map(fieldCondition),
    ...words(search.q ?? '').map((word) => `${allText} ILIKE ${part(word)}`),
  ].filter((condition) => typeof condition === 'string');
  const where = conditions.length === 0 ? '' : `\nWHERE ${conditions.join('\n  AND ')}`;
  return `SELECT *\nFROM ${table}${where}\nORDER BY p_event_time DESC\nLIMIT 1000`;
}

/** The statement that finds one record. */
export function recordSql(index: number): string {
  return `SELECT *\nFROM ${table}\nWHERE p_ledger_index = ${index}`;
}

function fieldCondition(text: string): string {
  const { path, operator, value } = parseFieldFilter(text);
  const [before, after] = path.split('[*]');
  const compare = (column: string) => {
    if (operator === 'EXISTS') return `${column} IS NOT NULL`;
    return operator === 'EQUALS'
      ? `${column} = ${literal(value ?? '')}`
      : `${column} ILIKE ${part(value ?? '')}`;
  };
  if (after === undefined) return compare(column(path));
  // What stands in any item of a list is looked for in its JSON.
  return operator === 'EXISTS'
    ? `${column(before ?? '')} IS NOT NULL`
    : `to_json(${column(before ?? '')})::VARCHAR ILIKE ${part(operator === 'EQUALS' ? JSON.stringify(value ?? '') : (value ?? ''))}`;
}

/** Steps that are no plain names are quoted; lists of columns count from 1, those in JSON from 0. */
function column(path: string): string {
  const isJson = /^(actionParams|actionDetails|actor\.attributes)\b/.test(path);
  const quoted = path
    .split('.')
    .map((step) => {
      const [, name = '', rest = ''] = /^([^[]*)(.*)$/.exec(step) ?? [];
      return /^[a-z_]\w*$/i.test(name) && name !== 'timestamp'
        ? step
        : `"${name.replaceAll('"', '""')}"${rest}`;
    })
    .join('.');
  return isJson ? quoted : quoted.replace(/\[(\d+)\]/g, (_, place) => `[${Number(place) + 1}]`);
}

/** An IPv4 block is a range of numbers; an IPv6 block can be told by the text of its addresses only as far as whole groups go. */
function addressCondition(block: string): string {
  const [address = '', prefix] = block.split('/');
  if (prefix === undefined) return `sourceIP = ${literal(address)}`;
  if (address.includes(':')) {
    const groups =
      address
        .split('::')[0]
        ?.split(':')
        .slice(0, Math.floor(Number(prefix) / 16)) ?? [];
    return `sourceIP ILIKE ${literal(`${groups.join(':')}:%`)}`;
  }
  const bits = Number(prefix);
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(number / size) * size;
  const octet = (place: number) => `TRY_CAST(split_part(sourceIP, '.', ${place}) AS BIGINT)`;
  return `${octet(1)} * 16777216 + ${octet(2)} * 65536 + ${octet(3)} * 256 + ${octet(4)} BETWEEN ${first} AND ${first + size - 1}`;
}

function words(text: string): readonly string[] {
  return Array.from(text.matchAll(/"([^"]+)"|[^\s"]+/g), ([word, quoted]) => quoted ?? word);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A pattern that has the text in it, with what stands for anything escaped. */
function part(text: string): string {
  const escaped = text.replaceAll(/[\\%_]/g, '\\$&');
  return `${literal(`%${escaped}%`)}${escaped === text ? '' : " ESCAPE '\\'"}`;
}

function timestamp(iso: string): string {
  return `TIMESTAMP '${iso.slice(0, 23).replace('T', ' ')}'`;
}
