import { LakeError } from '../lake-error.ts';
import type { SqlText } from './syntax-tree.ts';
import { placeOf, type Token, tokenize } from './tokens.ts';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Respells what DuckDB's parser cannot read, or reads otherwise, in queries for Snowflake and Trino:
 *
 * - `actor:attributes.email`, `x[0]:name` become dotted paths. DuckDB takes `a: b` for `b AS a`, which is given up.
 * - `x ILIKE ANY ('a%', 'b%')` becomes `x ILIKE like_any('a%', 'b%')`, which the syntax tree's translation knows.
 * - `x RLIKE 'a+'` and `REGEXP` become `SIMILAR TO`: all of them match the whole text.
 * - `LISTAGG(x, ',') WITHIN GROUP (ORDER BY y)` has its order within.
 * - `TABLE(FLATTEN(x))` becomes `LATERAL FLATTEN(x)`, `a MINUS SELECT b` has `EXCEPT`.
 * - Parameters of time macros may be left out or be durations without quotes: `p_occurs_since(1h, , p_parse_time)`.
 *
 * It decides nothing about what may run: what it makes is read and checked like any other SQL.
 *
 * @throws LakeError `invalid_sql` for what has no translation.
 */
export function respell(sql: string): SqlText {
  refuseTemplate(sql);
  const tokens = tokenize(sql);
  const brackets = matchBrackets(tokens);
  const edits = tokens.flatMap((_, at) => editsAt({ sql, tokens, at, ...brackets }));
  return apply(
    sql,
    edits.toSorted((a, b) => a.start - b.start),
  );
}

function refuseTemplate(sql: string): void {
  const mark = /^\s*--\s*pragma:\s*template\b|\{\{|\{%/im.exec(
    sql.replaceAll(/'[^']*'/g, (text) => ' '.repeat(text.length)),
  );
  if (mark === null) return;
  throw invalid(
    sql,
    mark.index,
    'Jinja templates are not available in queries; write the SQL they would give',
  );
}

interface Brackets {
  /** By the position of an opening bracket that of its closing one, and the other way round. */
  readonly partner: ReadonlyMap<number, number>;
  /** By the position of a token that of the bracket it is directly in. */
  readonly within: ReadonlyMap<number, number>;
}

interface Place extends Brackets {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly at: number;
}

function matchBrackets(tokens: readonly Token[]): Brackets {
  const partner = new Map<number, number>();
  const within = new Map<number, number>();
  const open: number[] = [];
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind === 'operator' && ')]}'.includes(text)) {
      const start = open.pop();
      if (start !== undefined) partner.set(start, at).set(at, start);
    }
    const outer = open.at(-1);
    if (outer !== undefined) within.set(at, outer);
    if (kind === 'operator' && '([{'.includes(text)) open.push(at);
  }
  return { partner, within };
}

function editsAt(place: Place): readonly Edit[] {
  const { tokens, at } = place;
  switch (tokens[at]?.text) {
    case ':':
      return isPath(place) ? [replace(tokens[at], '.')] : [];
    case 'any':
    case 'all':
    case 'some':
      return likeAnyEdits(place);
    case 'rlike':
    case 'regexp':
      return isOperandEnd(tokens[at - 1]) && tokens[at + 1]?.text !== '('
        ? [replace(tokens[at], 'SIMILAR TO')]
        : [];
    case 'within':
      return withinGroupEdits(place);
    case 'table':
      return tableFlattenEdits(place);
    case 'minus':
      return ['select', '('].includes(tokens[at + 1]?.text ?? '') && isOperandEnd(tokens[at - 1])
        ? [replace(tokens[at], 'EXCEPT')]
        : [];
    case 'match_recognize':
      throw invalid(
        place.sql,
        tokens[at]?.start ?? 0,
        'MATCH_RECOGNIZE has no translation; use window functions',
      );
    case 'top':
      if (tokens[at - 1]?.text === 'select' && tokens[at + 1]?.kind === 'number') {
        throw invalid(place.sql, tokens[at]?.start ?? 0, 'TOP has no translation; write LIMIT at the end');
      }
      return [];
    default:
      return tokens[at]?.text.startsWith('p_occurs_') ? macroEdits(place) : [];
  }
}

/** Not so the colon of a slice `x[1:2]`, of a struct `{'a': 1}`, of a map or of `lambda x: x + 1`. */
function isPath({ tokens, at, within }: Place): boolean {
  const next = tokens[at + 1];
  if (!isOperandEnd(tokens[at - 1]) || (next?.kind !== 'word' && next?.kind !== 'quoted')) return false;
  if (isLambda(tokens, at)) return false;
  const bracket = within.get(at);
  if (bracket === undefined || tokens[bracket]?.text === '(') return true;
  if (tokens[bracket]?.text === '{') return !['{', ','].includes(tokens[at - 2]?.text ?? '');
  const isSubscript = isOperandEnd(tokens[bracket - 1]) && tokens[bracket - 1]?.text !== 'array';
  return !isSubscript;
}

function isLambda(tokens: readonly Token[], colon: number): boolean {
  let at = colon - 1;
  while (tokens[at]?.text === ',' || (tokens[at]?.kind === 'word' && tokens[at]?.text !== 'lambda')) at -= 1;
  return tokens[at]?.text === 'lambda';
}

const notOperands = new Set(
  'select from where and or not on when then else case in by having qualify like ilike distinct'.split(' '),
);

function isOperandEnd(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'operator') return token.text === ')' || token.text === ']' || token.text === '}';
  return token.kind !== 'word' || token.text === 'not' || !notOperands.has(token.text);
}

function likeAnyEdits({ tokens, at }: Place): readonly Edit[] {
  const isLike = ['like', 'ilike'].includes(tokens[at - 1]?.text ?? '');
  const isList =
    tokens[at + 1]?.text === '(' &&
    !['select', 'with', 'from', 'values'].includes(tokens[at + 2]?.text ?? '');
  const name = tokens[at]?.text === 'all' ? 'like_all' : 'like_any';
  return isLike && isList ? [replace(tokens[at], name)] : [];
}

function withinGroupEdits({ tokens, at, partner }: Place): readonly Edit[] {
  const [closing, group, opening] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
  const name = tokens[(partner.get(at - 1) ?? 0) - 1]?.text ?? '';
  if (closing?.text !== ')' || group?.text !== 'group' || opening?.text !== '(') return [];
  if (!['listagg', 'array_agg', 'string_agg', 'group_concat'].includes(name)) return [];
  return [{ start: closing.start, end: opening.end, text: ' ' }];
}

function tableFlattenEdits({ tokens, at, partner }: Place): readonly Edit[] {
  const opening = tokens[at + 1];
  const closing = tokens[partner.get(at + 1) ?? -1];
  if (opening?.text !== '(' || tokens[at + 2]?.text !== 'flatten' || closing === undefined) return [];
  return [replace(tokens[at], 'LATERAL'), replace(opening, ' '), replace(closing, ' ')];
}

function macroEdits({ sql, tokens, at, partner, within }: Place): readonly Edit[] {
  const opening = tokens[at + 1];
  const last = partner.get(at + 1);
  if (opening?.text !== '(' || last === undefined) return [];
  const commas = tokens
    .keys()
    .filter((index) => index > at && tokens[index]?.text === ',' && within.get(index) === at + 1);
  const ends = [...commas, last];
  return ends.flatMap((end, parameter) => {
    const own = tokens.slice((ends[parameter - 1] ?? at + 1) + 1, end);
    const start = own[0]?.start ?? tokens[end]?.start ?? 0;
    if (own.length === 0) return ends.length > 1 ? [{ start, end: start, text: "''" }] : [];
    const isDuration = own.length === 2 && own[0]?.kind === 'number' && own[1]?.kind === 'word';
    const stop = own.at(-1)?.end ?? start;
    return isDuration ? [{ start, end: stop, text: `'${sql.slice(start, stop)}'` }] : [];
  });
}

function replace(token: Token | undefined, text: string): Edit {
  return { start: token?.start ?? 0, end: token?.end ?? 0, text };
}

function apply(sql: string, edits: readonly Edit[]): SqlText {
  let respelled = '';
  let copied = 0;
  /** For each piece: where it begins in the new text and in the old one. */
  const pieces: (readonly [number, number])[] = [[0, 0]];
  for (const { start, end, text } of edits) {
    respelled += sql.slice(copied, start);
    pieces.push([respelled.length, start]);
    respelled += text;
    pieces.push([respelled.length, end]);
    copied = end;
  }
  respelled += sql.slice(copied);
  return {
    sql: respelled,
    place(offset) {
      const [to, from] = pieces.findLast(([to]) => to <= offset) ?? [0, 0];
      return placeOf(sql, from + offset - to);
    },
  };
}

function invalid(sql: string, offset: number, message: string): LakeError {
  return new LakeError('invalid_sql', `${message}${placeOf(sql, offset)}`);
}
