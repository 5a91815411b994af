/** A path of this console to return to after signing in; anything that could lead elsewhere becomes `/`. */
export function safeRedirect(path: unknown): string {
  if (typeof path !== 'string' || !path.startsWith('/')) return '/';
  const base = 'http://console.invalid';
  const url = URL.parse(path, base);
  return url?.origin === base ? `${url.pathname}${url.search}${url.hash}` : '/';
}
