import type { IncomingHttpHeaders } from 'node:http';
import type { CidrBlock } from '../access/cidr-block.ts';
import { isInNetworks } from '../access/cidr-block.ts';
import { clientAddress } from '../access/client-address.ts';
import { parseIpAddress } from '../access/ip-address.ts';
import type { Origin } from '../actions/caller.ts';

/** Where a request came from, and how its client sees the instance. */
export interface RequestOrigin extends Origin {
  /** The client speaks HTTPS: to a trusted proxy, as this server itself speaks HTTP. */
  readonly isSecure: boolean;
  /** Host and port as the client wrote them. */
  readonly host: string;
}

export function requestOrigin(
  remoteAddress: string | undefined,
  headers: IncomingHttpHeaders,
  trustedProxies: readonly CidrBlock[],
): RequestOrigin {
  const peer = parseIpAddress(remoteAddress ?? '');
  const isProxied = peer !== undefined && isInNetworks(peer, trustedProxies);
  const forwarded = (name: string) => (isProxied ? firstItem(headers[name]) : undefined);
  const userAgent = headers['user-agent'];
  return {
    ...clientAddress({ remoteAddress, forwardedFor: headers['x-forwarded-for'], trustedProxies }),
    ...(userAgent !== undefined && { userAgent: headerText(userAgent) }),
    isSecure: forwarded('x-forwarded-proto')?.toLowerCase() === 'https',
    host: forwarded('x-forwarded-host') ?? headers.host ?? '',
  };
}

/** The first proxy of a chain is the one the client spoke to. */
function firstItem(header: string | string[] | undefined): string | undefined {
  return [header].flat()[0]?.split(',')[0]?.trim();
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Node reads header bytes as Latin-1; where they are UTF-8, as clients write them today, they are read as that. */
function headerText(latin1: string): string {
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}
