import { isIP, SocketAddress } from 'node:net';
import { LakeError } from '../lake-error.ts';
import { literal } from '../sql/quoting.ts';

/**
 * SQL that holds where the column is one of the addresses, or within one of the CIDR blocks.
 * @throws LakeError `invalid_search` for what is neither.
 */
export function addressFilter(column: string, addresses: readonly string[]): string {
  const blocks = addresses.filter((address) => address.includes('/'));
  const single = addresses.filter((address) => !address.includes('/'));
  const spellings = single.flatMap((address) => [address, shortest(address)]).map(literal);
  const conditions = blocks.map((block) => blockFilter(column, block));
  if (spellings.length > 0) conditions.push(`${column} IN (${spellings.join(', ')})`);
  return conditions.join(' OR ');
}

/** An address as Node, and so a record, spells it. */
function shortest(address: string): string {
  const family = isIP(address);
  if (family === 0) throw notAddress(address);
  return new SocketAddress({ address, family: family === 4 ? 'ipv4' : 'ipv6' }).address;
}

function blockFilter(column: string, block: string): string {
  const [address = '', length = '', ...more] = block.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits)
    throw notAddress(block);
  const free = BigInt(bits - Number(length));
  const first = (BigInt(`0x${family === 4 ? version4(address) : version6(address)}`) >> free) << free;
  const [low, high] = [first, first | ((1n << free) - 1n)].map((end) =>
    literal(end.toString(16).padStart(bits / 4, '0')),
  );
  return `${family === 4 ? version4Column(column) : version6Column(column)} BETWEEN ${low} AND ${high}`;
}

/** The 8 hexadecimal digits of an IPv4 address. */
function version4(address: string): string {
  const parts = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return parts.join('');
}

/** The 32 hexadecimal digits of an IPv6 address. */
function version6(address: string): string {
  const [head = [], tail = []] = shortest(address)
    .replace(/\d+\.\d+\.\d+\.\d+$/, (last) => version4(last).replace(/^..../, '$&:'))
    .split('::')
    .map((groups) => groups.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join('');
}

/** The same digits of a column, null for other texts; an IPv4 address within IPv6 (RFC 4291 section 2.5.5.2) counts as IPv4. */
function version4Column(column: string): string {
  const address = `regexp_replace(${column}, '^::ffff:', '', 'i')`;
  const parts = `list_transform(string_split(${address}, '.'), lambda part: printf('%02x', TRY_CAST(part AS INTEGER)))`;
  return `CASE WHEN regexp_full_match(${address}, '\\d{1,3}(\\.\\d{1,3}){3}') THEN array_to_string(${parts}, '') END`;
}

function version6Column(column: string): string {
  const groups = (half: number): string =>
    `list_filter(string_split(split_part(lower(${column}), '::', ${half}), ':'), lambda part: part <> '')`;
  const zeros = `repeat(['0'], 8 - len(${groups(1)}) - len(${groups(2)}))`;
  const all = `list_concat(${groups(1)}, ${zeros}, ${groups(2)})`;
  const digits = `array_to_string(list_transform(${all}, lambda part: lpad(part, 4, '0')), '')`;
  return `CASE WHEN regexp_full_match(${column}, '[0-9a-fA-F:]*:[0-9a-fA-F:]*') THEN ${digits} END`;
}

function notAddress(value: string): LakeError {
  return new LakeError(
    'invalid_search',
    `sourceIPs: '${value.slice(0, 100)}' is neither an IP address nor a CIDR block`,
  );
}
