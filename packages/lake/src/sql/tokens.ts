/** A piece of SQL text; comments and blanks lie between tokens. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'operator';
  /** As written; a word in lower case. */
  readonly text: string;
  /** Where it begins and ends in the SQL. */
  readonly start: number;
  readonly end: number;
}

// Longest first where one begins like another. What ends nowhere is left to DuckDB's parser to complain about.
const pieces: readonly (readonly [Token['kind'] | 'between', RegExp])[] = [
  ['between', /\s+|--[^\n]*/uy],
  ['string', /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[xXbB]|)'(?:[^']|'')*'/uy],
  ['string', /\$([A-Za-z_\u{80}-\u{10ffff}][\w\u{80}-\u{10ffff}]*|)\$[\s\S]*?\$\1\$/uy],
  ['quoted', /"(?:[^"]|"")*"/uy],
  ['word', /[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*/uy],
  ['number', /(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/uy],
  ['operator', /::|:=|=>|->>?|[\s\S]/uy],
];

/** Cuts SQL into tokens as DuckDB's own lexer does. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const start = at;
    at = blockCommentEnd(sql, at);
    if (at > start) continue;
    for (const [kind, piece] of pieces) {
      piece.lastIndex = at;
      const [text] = piece.exec(sql) ?? [];
      if (text === undefined) continue;
      at += text.length;
      if (kind === 'between') break;
      tokens.push({ kind, text: kind === 'word' ? text.toLowerCase() : text, start, end: at });
      break;
    }
  }
  return tokens;
}

/** Behind a comment that begins here; they nest. */
function blockCommentEnd(sql: string, start: number): number {
  if (!sql.startsWith('/*', start)) return start;
  let depth = 0;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
