import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * An address from its text, IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) as the IPv4 it stands for, a zone (RFC 4007 §11) left
 * out. Its `toString()` is the normal form, for IPv6 that of RFC 5952.
 *
 * @returns undefined for anything else, also the octal, hexadecimal and shortened IPv4 forms that programs read
 *   differently.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text.replace(/%.*/, ''));
}
