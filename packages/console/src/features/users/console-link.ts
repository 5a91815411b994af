/**
 * A link the server made, at the address this console was reached by: behind a proxy the server knows only the address
 * it listens on.
 */
export function consoleLink(link: string, origin: string): string {
  const { pathname, hash } = new URL(link);
  return origin + pathname + hash;
}
