/** Where a value stands in a text. */
export type Span = readonly [from: number, to: number];

/** Where the values of an object's members are, by name, as far as it has them, and where it ends. */
export interface Members<Name extends string> {
  readonly spans: Readonly<Partial<Record<Name, Span>>>;
  readonly end: number;
}

/**
 * Finds the members of an object in canonical JSON (RFC 8785), without looking at what is in them: several times faster than
 * parsing, and what is cut out is canonical JSON itself.
 * @param at where the object begins.
 * @param names all that it may have, in the order of canonical JSON.
 * @returns undefined where it has others, or another order, or white space between them, or no end.
 */
export function findMembers<Name extends string>(
  text: string,
  at: number,
  names: readonly Name[],
): Members<Name> | undefined {
  if (text.charCodeAt(at) !== openBrace) return undefined;
  const spans: Partial<Record<Name, Span>> = {};
  let end = at + 1;
  for (const name of names) {
    const quoted = text.charCodeAt(end) === comma ? end + 1 : end;
    const from = quoted + name.length + '"":'.length;
    if (!text.startsWith(name, quoted + 1) || !text.startsWith('":', from - 2)) continue;
    end = valueEnd(text, from);
    if (end < 0) return undefined;
    spans[name] = [from, end];
  }
  return text.charCodeAt(end) === closeBrace ? { spans, end: end + 1 } : undefined;
}

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Negative where the value does not end. */
function valueEnd(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === quote) return stringEnd(text, from);
  if (first === openBrace || first === openBracket) return nestedEnd(text, from);
  literal.lastIndex = from;
  return literal.test(text) ? literal.lastIndex : -1;
}

const literal = /[\w.+-]+/y;

function nestedEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(text, at);
      if (end < 0) return end;
      at = end - 1;
    } else if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === backslash) escapes -= 1;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
  return -1;
}
