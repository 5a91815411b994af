import type { Config } from './config/config.ts';

/** The codes of the system's errors about an address, in an operator's words. */
const reasons: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'the address is in use'],
  ['EADDRNOTAVAIL', 'this machine does not have the address'],
  ['EACCES', 'the system does not permit it'],
  ['ENOTFOUND', 'the name is not known'],
]);

/** The instance can't listen where it should. */
export class AddressUnavailable extends Error {
  override readonly name = 'AddressUnavailable';

  /** @returns undefined for an error that has another cause. */
  static from(
    cause: unknown,
    { listen: { host, port } }: Pick<Config, 'listen'>,
  ): AddressUnavailable | undefined {
    const reason = reasons.get((cause as NodeJS.ErrnoException).code);
    if (reason === undefined) return undefined;
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const message = `Can not listen on ${address}: ${reason}. PAWPRINT_LISTEN names another.`;
    return new AddressUnavailable(message, { cause });
  }
}
