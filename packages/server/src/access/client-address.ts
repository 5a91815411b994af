import { type CidrBlock, isInNetworks } from './cidr-block.ts';
import { type IpAddress, parseIpAddress } from './ip-address.ts';

export interface Connection {
  /** The other end of the socket; undefined when it is not an IP socket or is already closed. */
  readonly remoteAddress: string | undefined;
  /** The X-Forwarded-For header, or each of them in order. */
  readonly forwardedFor: string | readonly string[] | undefined;
  readonly trustedProxies: readonly CidrBlock[];
}

export interface ClientAddress {
  /** The nearest address that is not a trusted proxy's, in normal form. */
  readonly sourceIP: string | undefined;
  /** All the header's items as received, believed or not; undefined without the header. */
  readonly XForwardedFor: readonly string[] | undefined;
}

/**
 * Where a request came from. Each proxy appends the address it was called from, so the header is read from its end, and
 * only as long as whoever wrote the item is a trusted proxy: what stands before that may be made up. An item that is not an
 * address ends the walk at the proxy which passed it on.
 */
export function clientAddress({ remoteAddress, forwardedFor, trustedProxies }: Connection): ClientAddress {
  const XForwardedFor = forwardedFor === undefined ? undefined : listItems(forwardedFor);
  let source = parseIpAddress(remoteAddress ?? '');
  for (const item of XForwardedFor?.toReversed() ?? []) {
    if (source === undefined || !isInNetworks(source, trustedProxies)) break;
    const previous = parseItem(item);
    if (previous === undefined) break;
    source = previous;
  }
  return { sourceIP: source?.toString(), XForwardedFor };
}

/** A header's list; empty items do not count (RFC 9110 §5.6.1.2). */
function listItems(header: string | readonly string[]): string[] {
  const items = [header].flat().flatMap((value) => value.split(','));
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** An address; some proxies add the port, and then brackets around IPv6 (as in RFC 7239 §6). */
function parseItem(item: string): IpAddress | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(item) ?? [];
  return parseIpAddress(bracketed ?? dotted ?? item);
}
