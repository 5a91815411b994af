import { LakeError } from '../lake-error.ts';

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

/**
 * Cuts SQL into tokens as DuckDB's own lexer does.
 * @throws LakeError `invalid_sql` for a comment without an end, over which DuckDB takes a time that grows with its square.
 */
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
  throw new LakeError('invalid_sql', `the comment that begins here has no end${placeOf(sql, start)}`);
}

/** A place in SQL as people count: ` (line 1, column 1)`. */
export function placeOf(sql: string, offset: number): string {
  const before = sql.slice(0, offset).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}
