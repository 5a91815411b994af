import { type LookupAddress, lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type CidrBlock, isInNetworks } from '../access/cidr-block.ts';
import { parseIpAddress } from '../access/ip-address.ts';

/** A request to an address that somebody set, such as a webhook. */
export interface OutboundRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole exchange; 10 s unless said otherwise. */
  readonly timeoutMs?: number;
  /** A longer answer is an error; 1 MiB unless said otherwise. */
  readonly answerBytesMax?: number;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/**
 * Sends requests to the outside. Redirects are not followed: they are the answer.
 * @throws OutboundError
 */
export type SendOutbound = (request: OutboundRequest) => Promise<OutboundAnswer>;

/**
 * - `refused_address`: the address is not on the public internet, nor in a network that the operator allows.
 * - `invalid_url`: not an http or https address, or one with a user name.
 * - `unreachable`: no connection, or it broke.
 * - `timeout`, `too_large`: the limits of the request.
 */
export type OutboundErrorCode = 'refused_address' | 'invalid_url' | 'unreachable' | 'timeout' | 'too_large';

/** The other side could not be asked. The message is fit for whoever set the address. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly code: OutboundErrorCode;

  constructor(code: OutboundErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Requests that can't be led into the network the instance stands in (server-side request forgery): the address that a
 * name stands for is judged when the connection is made, so that no second look-up can lead elsewhere.
 * @param allowedNetworks beside the public internet, such as the operator's own.
 */
export function createSendOutbound(allowedNetworks: readonly CidrBlock[]): SendOutbound {
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const refused = addresses.find(({ address }) => !isAllowed(address, allowedNetworks));
      const [first] = addresses;
      if (refused !== undefined || first === undefined) return callback(refusedAddress(hostname), '');
      if (options.all) (callback as (error: null, addresses: LookupAddress[]) => void)(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
  return (request) => send(request, allowedNetworks, guardedLookup);
}

async function send(
  { url: text, method, headers, body, timeoutMs = 10_000, answerBytesMax = 1_048_576 }: OutboundRequest,
  allowedNetworks: readonly CidrBlock[],
  guardedLookup: LookupFunction,
): Promise<OutboundAnswer> {
  const url = parseUrl(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Nothing is looked up for an address, so it is judged here.
  if (isIP(host) !== 0 && !isAllowed(host, allowedNetworks)) throw refusedAddress(host);
  const signal = AbortSignal.timeout(timeoutMs);
  const open = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(asOutboundError(cause, host, signal.aborted));
    const request = open(url, { method, headers, lookup: guardedLookup, signal, agent: false });
    request.once('error', fail);
    request.once('response', (response) => {
      const parts: Uint8Array[] = [];
      let bytes = 0;
      response.on('data', (part: Uint8Array) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > answerBytesMax) {
          response.destroy(
            new OutboundError('too_large', `${host} answered more than ${answerBytesMax} bytes`),
          );
        }
      });
      response.once('error', fail);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    request.end(body);
  });
}

/** @throws OutboundError `invalid_url` */
function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new OutboundError('invalid_url', 'not an http:// or https:// address without user name');
  }
  return url;
}

function isAllowed(text: string, allowedNetworks: readonly CidrBlock[]): boolean {
  const address = parseIpAddress(text);
  // ipaddr.js calls "unicast" what none of the special-purpose registries (RFC 6890) claims.
  return address !== undefined && (address.range() === 'unicast' || isInNetworks(address, allowedNetworks));
}

function refusedAddress(host: string): OutboundError {
  return new OutboundError(
    'refused_address',
    `${host} is not on the public internet; the operator can allow its network with PAWPRINT_OUTBOUND_NETWORKS`,
  );
}

function asOutboundError(cause: unknown, host: string, timedOut: boolean): OutboundError {
  if (cause instanceof OutboundError) return cause;
  if (timedOut) return new OutboundError('timeout', `${host} did not answer in time`, { cause });
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new OutboundError('unreachable', `${host} could not be reached${code}`, { cause });
}
