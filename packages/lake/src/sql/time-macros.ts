import { LakeError } from '../lake-error.ts';
import {
  and,
  cast,
  columnReference,
  compare,
  constantText,
  constantValue,
  functionCall,
  integerConstant,
  textConstant,
} from './expressions.ts';
import { nodes, type SyntaxNode, text, texts } from './syntax-tree.ts';

const clockNames = new Set(['current_timestamp', 'localtimestamp', 'current_date']);
const clockFunctions = new Set(
  [
    ...[
      'now get_current_timestamp transaction_timestamp current_localtimestamp current_timestamp localtimestamp',
    ],
    ...['sysdate getdate systimestamp p_current_timestamp today current_date'],
  ].flatMap((names) => names.split(' ')),
);
const dates = new Set(['today', 'current_date']);

const from = 'COMPARE_GREATERTHANOREQUALTO';
const to = 'COMPARE_LESSTHANOREQUALTO';

const macros: Readonly<Record<string, Macro>> = {
  p_occurs_since: {
    takes: ['a duration'],
    expand: ([duration], column, now) => [compare(from, column, timestampConstant(since(duration, now)))],
  },
  p_occurs_between: {
    takes: ['a start', 'an end'],
    expand: ([start, end], column) => [
      compare(from, column, timestamp(start)),
      compare(to, column, timestamp(end)),
    ],
  },
  p_occurs_around: {
    takes: ['a time', 'a duration'],
    expand: ([time, duration], column) => {
      const distance = functionCall('to_milliseconds', [
        integerConstant(durationMs('p_occurs_around', duration)),
      ]);
      return [
        compare(from, column, functionCall('-', [timestamp(time), distance])),
        compare(to, column, functionCall('+', [timestamp(time), distance])),
      ];
    },
  },
  p_occurs_after: {
    takes: ['a time'],
    expand: ([time], column) => [compare(from, column, timestamp(time))],
  },
  p_occurs_before: {
    takes: ['a time'],
    expand: ([time], column) => [compare(to, column, timestamp(time))],
  },
};

interface Macro {
  /** What its own parameters are, in front of an alias and a column. */
  readonly takes: readonly string[];
  readonly expand: (
    own: readonly (SyntaxNode | undefined)[],
    column: SyntaxNode,
    now: Date,
  ) => readonly SyntaxNode[];
}

/**
 * What stands for a time macro or the clock, else undefined. The ends of a range are within it.
 *
 * - `p_occurs_since(duration)`: at most that long before `now`.
 * - `p_occurs_between(start, end)`, `p_occurs_after(time)`, `p_occurs_before(time)`.
 * - `p_occurs_around(time, duration)`: at most that long before or after.
 * - each takes `[, alias [, column]]` besides.
 * - `now()`, `current_timestamp`, `today()`, `current_date` and their kin: `now`, as UTC without a zone like every
 *   timestamp of the tables, so that they can be compared.
 *
 * @throws LakeError `invalid_sql` naming a bad duration or argument.
 */
export function expandTimeMacro(node: SyntaxNode, now: Date): SyntaxNode | undefined {
  if (node.class === 'COLUMN_REF') {
    const [name = '', ...more] = texts(node, 'column_names');
    return more.length === 0 ? clock(name.toLowerCase(), clockNames, now) : undefined;
  }
  if (node.class !== 'FUNCTION') return undefined;
  const name = text(node, 'function_name').toLowerCase();
  const parameters = nodes(node, 'children');
  const macro = Object.hasOwn(macros, name) ? macros[name] : undefined;
  if (macro !== undefined) return expandMacro(name, macro, parameters, now);
  return parameters.length === 0 ? clock(name, clockFunctions, now) : undefined;
}

function expandMacro(
  name: string,
  { takes, expand }: Macro,
  parameters: readonly SyntaxNode[],
  now: Date,
): SyntaxNode {
  const own = parameters.slice(0, takes.length);
  const [alias, column, ...surplus] = parameters.slice(takes.length);
  if (own.length < takes.length || surplus.length > 0) {
    const what = takes.join(' and ');
    throw invalid(`${name} takes ${what}, then if need be a table alias and a column`);
  }
  const conditions = expand(own, timeColumn(name, alias, column), now);
  return conditions.length === 1 && conditions[0] !== undefined ? conditions[0] : and(conditions);
}

function clock(name: string, names: ReadonlySet<string>, now: Date): SyntaxNode | undefined {
  if (!names.has(name)) return undefined;
  return dates.has(name) ? cast(timestampConstant(now), 'DATE') : timestampConstant(now);
}

function timestampConstant(time: Date): SyntaxNode {
  return cast(textConstant(time.toISOString().replace('T', ' ').replace('Z', '')), 'TIMESTAMP');
}

/** DuckDB ignores an offset such as +02:00 in a text that becomes a timestamp without a zone. */
function timestamp(time: SyntaxNode | undefined): SyntaxNode {
  if (time === undefined) throw new TypeError('the parameters were counted');
  const hasOffset = /:\d\d(\.\d+)? ?[+-]\d\d(:?\d\d)?\s*$/.test(constantText(time) ?? '');
  return cast(hasOffset ? cast(time, 'TIMESTAMP WITH TIME ZONE') : time, 'TIMESTAMP');
}

function since(duration: SyntaxNode | undefined, now: Date): Date {
  const since = now.getTime() - durationMs('p_occurs_since', duration);
  return new Date(Math.max(since, Date.parse('0001-01-01T00:00:00Z')));
}

/** The alias and the column may be written as names or as texts. */
function timeColumn(
  macro: string,
  alias: SyntaxNode | undefined,
  column: SyntaxNode | undefined,
): SyntaxNode {
  const names = namesOf(`the column of ${macro}`, column);
  return columnReference([
    ...namesOf(`the table alias of ${macro}`, alias),
    ...(names.length === 0 ? ['p_event_time'] : names),
  ]);
}

/** None when it is left out or empty. */
function namesOf(what: string, node: SyntaxNode | undefined): readonly string[] {
  const written = constantText(node);
  if (node === undefined || written === '') return [];
  const names = written === undefined ? texts(node, 'column_names') : written.split('.');
  if (names.length === 0 || names.includes('')) {
    throw invalid(`${what} is a name, such as t or p_parse_time`);
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

/** `1 day`, `2 hours`, `30m`; a number alone is seconds. At most ten thousand years. */
function durationMs(macro: string, duration: SyntaxNode | undefined): number {
  const written = constantText(duration) ?? String(constantValue(duration) ?? '');
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(written) ?? [];
  const seconds = unitSeconds.find(([units]) => units.test(unit.toLowerCase()))?.[1];
  if (amount !== undefined && seconds !== undefined) {
    return Math.min(Math.round(Number(amount) * seconds * 1_000), durationMsMax);
  }
  throw invalid(
    `${macro}: '${written.slice(0, 100)}' is not a duration; write a number of seconds, or a number with s, m, h, d or w, as in '1 day'`,
  );
}

const durationMsMax = 10_000 * 366 * 86_400_000;

function invalid(message: string): LakeError {
  return new LakeError('invalid_sql', message);
}
