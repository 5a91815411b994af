import * as z from 'zod';
import { type IpAddress, parseIpAddress } from './ip-address.ts';

/** A network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3). */
export interface CidrBlock {
  readonly address: IpAddress;
  /** Leading bits that an address must share with `address`. */
  readonly prefixLength: number;
}

export const allowedCidrBlocksMax = 100;

/** An API token's `allowedCIDRBlocks`, IPv4 and IPv6 (Panther documents IPv4 only), kept as written; empty allows any address. */
export const allowedCidrBlocksSchema = z
  .array(
    z
      .string('must be text')
      .refine(
        (text) => parseCidrBlock(text) !== undefined,
        'must be a network such as 192.0.2.0/24, 192.0.2.10/32 or 2001:db8::/32',
      ),
  )
  .max(allowedCidrBlocksMax, `must have at most ${allowedCidrBlocksMax} networks`);

/** @returns undefined when the text is not an address and a prefix length that suits it. */
export function parseCidrBlock(text: string): CidrBlock | undefined {
  const [, host = '', digits = ''] = /^([\d.a-f:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  const address = parseIpAddress(host);
  if (address === undefined) return undefined;
  const isMapped = address.kind() === 'ipv4' && host.includes(':');
  const prefixLength = Number(digits) - (isMapped ? 96 : 0);
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  return prefixLength >= 0 && prefixLength <= bits ? { address, prefixLength } : undefined;
}

export function isInNetworks(address: IpAddress, blocks: readonly CidrBlock[]): boolean {
  return blocks.some(
    (block) => block.address.kind() === address.kind() && address.match(block.address, block.prefixLength),
  );
}

/**
 * Whether a request from `sourceIP` may use what is limited to these networks. An empty list allows any address; otherwise
 * an unknown address is allowed nothing.
 */
export function isInAllowedNetworks(sourceIP: string | undefined, blocks: readonly string[]): boolean {
  if (blocks.length === 0) return true;
  const address = sourceIP === undefined ? undefined : parseIpAddress(sourceIP);
  return (
    address !== undefined &&
    isInNetworks(
      address,
      blocks.flatMap((block) => parseCidrBlock(block) ?? []),
    )
  );
}
