/** A piece of a comment's HTML that may be shown: text, or one of a few elements that only lay text out. */
export type CommentNode =
  | string
  | { readonly name: string; readonly href?: string; readonly children: readonly CommentNode[] };

/** Elements that are kept; of their attributes, only a link's address is. */
const kept = new Set('b strong i em u s p ul ol li code pre blockquote a h1 h2 h3 h4 h5 h6'.split(' '));
/** What is dropped with everything in it. */
const dropped = new Set(
  'script style template iframe object embed noscript svg math title textarea'.split(' '),
);

const token =
  /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^"'<>])*)>|<[!?][^>]*>|[^<]+|</gi;

/**
 * What of a comment's HTML may be shown. It is no HTML parser and need be none: whatever it makes of odd input is text
 * or a harmless element. The browser's own would report each script and style that it does not run.
 */
export function parseCommentHtml(html: string): readonly CommentNode[] {
  const root: CommentNode[] = [];
  const open: { readonly name: string; readonly children: CommentNode[] }[] = [];
  let droppedName: string | undefined;
  for (const [text, slash, tag, attributes = ''] of html.matchAll(token)) {
    const name = tag?.toLowerCase();
    const children = open.at(-1)?.children ?? root;
    if (droppedName !== undefined) {
      if (slash === '/' && name === droppedName) droppedName = undefined;
    } else if (name === undefined) {
      if (!/^<[!?]/.test(text)) children.push(decoded(text));
    } else if (slash === '/') {
      const at = open.findLastIndex((element) => element.name === name);
      if (at >= 0) open.length = at;
    } else if (dropped.has(name)) {
      droppedName = name;
    } else if (name === 'br') {
      children.push('\n');
    } else if (kept.has(name) && open.length < depthMax) {
      const href = name === 'a' ? safeAddress(attributeOf(attributes, 'href')) : undefined;
      const element = { name, ...(href !== undefined && { href }), children: [] };
      children.push(element);
      open.push(element);
    }
  }
  return root;
}

const depthMax = 50;

function attributeOf(attributes: string, name: string): string {
  const [, double, single, bare] =
    new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"']+))`, 'i').exec(attributes) ?? [];
  return decoded(double ?? single ?? bare ?? '');
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : whole;
  });
}

/** An address that only leads somewhere; no script, and nothing within the console. */
export function safeAddress(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined;
}
