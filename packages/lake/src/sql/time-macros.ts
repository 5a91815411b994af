import { LakeError } from '../lake-error.ts';
import {
  and,
  cast,
  columnReference,
  compare,
  constantText,
  constantValue,
  textConstant,
} from './expressions.ts';
import { nodes, type SyntaxNode, text, texts } from './syntax-tree.ts';

const clockFunctions = new Set([
  'now',
  'get_current_timestamp',
  'transaction_timestamp',
  'current_localtimestamp',
]);
const clockColumns = new Set(['current_timestamp', 'localtimestamp']);

/**
 * What stands for a time macro or the clock, else undefined.
 *
 * - `p_occurs_since(duration [, alias [, column]])`: at most that long before `now`.
 * - `p_occurs_between(start, end [, alias [, column]])`: both ends included.
 * - `now()`, `current_timestamp`, `today()`, `current_date` and their kin: `now`, as UTC without a zone like every
 *   timestamp of the tables, so that they can be compared.
 *
 * @throws LakeError `invalid_sql` naming a bad duration or argument.
 */
export function expandTimeMacro(node: SyntaxNode, now: Date): SyntaxNode | undefined {
  if (node.class === 'COLUMN_REF') {
    const [name = '', ...more] = texts(node, 'column_names');
    return more.length === 0 ? clock(name.toLowerCase(), clockColumns, 'current_date', now) : undefined;
  }
  if (node.class !== 'FUNCTION') return undefined;
  const name = text(node, 'function_name').toLowerCase();
  const parameters = nodes(node, 'children');
  if (name === 'p_occurs_since') return occursSince(parameters, now);
  if (name === 'p_occurs_between') return occursBetween(parameters);
  return parameters.length === 0 ? clock(name, clockFunctions, 'today', now) : undefined;
}

function clock(
  name: string,
  timestamps: ReadonlySet<string>,
  date: string,
  now: Date,
): SyntaxNode | undefined {
  if (timestamps.has(name)) return timestampConstant(now);
  return name === date ? cast(timestampConstant(now), 'DATE') : undefined;
}

function timestampConstant(time: Date): SyntaxNode {
  return cast(textConstant(time.toISOString().replace('T', ' ').replace('Z', '')), 'TIMESTAMP');
}

function occursSince(parameters: readonly SyntaxNode[], now: Date): SyntaxNode {
  const [duration, alias, column] = takeParameters('p_occurs_since', parameters, 1);
  const written = constantText(duration) ?? String(constantValue(duration) ?? '');
  const since = new Date(Math.max(now.getTime() - durationMs(written), Date.parse('0001-01-01T00:00:00Z')));
  return compare('COMPARE_GREATERTHANOREQUALTO', timeColumn(alias, column), timestampConstant(since));
}

function occursBetween(parameters: readonly SyntaxNode[]): SyntaxNode {
  const [start, end, alias, column] = takeParameters('p_occurs_between', parameters, 2);
  if (start === undefined || end === undefined) throw wrongParameters('p_occurs_between', 2);
  return and([
    compare('COMPARE_GREATERTHANOREQUALTO', timeColumn(alias, column), cast(start, 'TIMESTAMP')),
    compare('COMPARE_LESSTHANOREQUALTO', timeColumn(alias, column), cast(end, 'TIMESTAMP')),
  ]);
}

function takeParameters(
  macro: string,
  parameters: readonly SyntaxNode[],
  required: number,
): readonly SyntaxNode[] {
  if (parameters.length < required || parameters.length > required + 2)
    throw wrongParameters(macro, required);
  return parameters;
}

function wrongParameters(macro: string, required: number): LakeError {
  const times = required === 1 ? 'a duration' : 'a start and an end';
  return new LakeError('invalid_sql', `${macro} takes ${times}, then if need be a table alias and a column`);
}

/** The alias and the column may be written as names or as texts. */
function timeColumn(alias: SyntaxNode | undefined, column: SyntaxNode | undefined): SyntaxNode {
  return columnReference([...namesOf(alias), ...(column === undefined ? ['p_event_time'] : namesOf(column))]);
}

function namesOf(node: SyntaxNode | undefined): readonly string[] {
  if (node === undefined) return [];
  const written = constantText(node);
  const names = written === undefined ? texts(node, 'column_names') : written.split('.');
  if (names.length === 0 || names.includes('')) {
    throw new LakeError(
      'invalid_sql',
      'the alias and the column of a time macro are names, such as t and p_parse_time',
    );
  }
  return names;
}

const unitSeconds: readonly (readonly [RegExp, number])[] = [
  [/^(|s|secs?|seconds?)$/, 1],
  [/^(m|mins?|minutes?)$/, 60],
  [/^(h|hrs?|hours?)$/, 3_600],
  [/^(d|days?)$/, 86_400],
  [/^(w|weeks?)$/, 604_800],
];

/** `1 day`, `2 hours`, `30m`; a number alone is seconds. */
function durationMs(written: string): number {
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(written) ?? [];
  const seconds = unitSeconds.find(([units]) => units.test(unit.toLowerCase()))?.[1];
  if (amount !== undefined && seconds !== undefined) return Number(amount) * seconds * 1_000;
  throw new LakeError(
    'invalid_sql',
    `p_occurs_since: '${written.slice(0, 100)}' is not a duration; write a number of seconds, or a number with s, m, h, d or w, as in '1 day'`,
  );
}
