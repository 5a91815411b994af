import type { TableDefinition } from '../tables/table-definition.ts';
import { constantText, constantValue, functionCall, textConstant } from './expressions.ts';
import { isNode, nodes, type SyntaxNode, text, texts } from './syntax-tree.ts';
import { fillTemplate, type Templates } from './templates.ts';

/** What the translation of a function depends on. */
export interface TranslationContext {
  readonly templates: Templates;
  readonly tables: readonly TableDefinition[];
  /** Whether it is a path into JSON, which gives text. */
  readonly isJsonPath: (node: SyntaxNode) => boolean;
}

/**
 * What stands in DuckDB for a function, a type or an operator that Snowflake or Trino spells otherwise, else undefined. It
 * knows nothing of what may run: the check sees what comes out of it.
 */
export function translate(node: SyntaxNode, context: TranslationContext): SyntaxNode | undefined {
  if (node.class === 'CAST') return translateCast(node);
  if (node.type === 'TABLE_FUNCTION' && isNode(node.function))
    return translateFlatten(node, node.function, context);
  if (node.class !== 'FUNCTION') return undefined;
  const name = text(node, 'function_name').toLowerCase();
  const args = nodes(node, 'children');
  const byHand = Object.hasOwn(translators, name) ? translators[name]?.(args, context, node) : undefined;
  if (byHand !== undefined) return byHand;
  const template = context.templates.get(`${name}/${args.length}`);
  return template && withModifiers(fillTemplate(template, args), node);
}

/** DISTINCT, FILTER and ORDER BY of an aggregate stay with it. */
function withModifiers(filled: SyntaxNode, { distinct, filter, order_bys }: SyntaxNode): SyntaxNode {
  if (filled.class !== 'FUNCTION') return filled;
  return {
    ...filled,
    ...(distinct === true && { distinct }),
    ...(isNode(filter) && { filter }),
    ...(isNode(order_bys) && nodes(order_bys, 'orders').length > 0 && { order_bys }),
  };
}

type Translator = (
  args: readonly SyntaxNode[],
  context: TranslationContext,
  node: SyntaxNode,
) => SyntaxNode | undefined;

const add: Translator = ([unit, amount, time], { templates }) => {
  const template = templates.get(`add ${unitOf(unit) ?? ''}`);
  return template && amount && time && fillTemplate(template, [amount, time]);
};

const difference: Translator = ([unit, from, to], { templates }) => {
  const template = templates.get('difference');
  const name = unitOf(unit);
  return template && name !== undefined && from && to
    ? fillTemplate(template, [textConstant(name), from, to])
    : undefined;
};

/** A unit written as a word. */
const unitFirst: Translator = ([unit, ...others], _, node) =>
  unit?.class === 'COLUMN_REF' && unitOf(unit) !== undefined
    ? functionCall(text(node, 'function_name'), [textConstant(unitOf(unit) ?? ''), ...others])
    : undefined;

const likeList: Translator = ([value, list], _, node) => {
  const patterns = list && nodes(list, 'children');
  const kind = list?.class === 'FUNCTION' ? text(list, 'function_name').toLowerCase() : '';
  const type = { like_any: 'CONJUNCTION_OR', like_all: 'CONJUNCTION_AND' }[kind];
  if (type === undefined || value === undefined || patterns === undefined) return undefined;
  const children = patterns.map((pattern) => ({ ...node, alias: '', children: [value, pattern] }));
  return children.length === 1 ? children[0] : { class: 'CONJUNCTION', type, children };
};

const translators: Readonly<Record<string, Translator>> = {
  dateadd: add,
  timeadd: add,
  timestampadd: add,
  date_add: add,
  datediff: difference,
  timediff: difference,
  timestampdiff: difference,
  date_diff: unitFirst,
  date_trunc: unitFirst,
  date_part: unitFirst,
  '~~': likeList,
  '~~*': likeList,
  array_construct: (args) => functionCall('list_value', args),
  object_construct: (args) => functionCall('json_object', args),
  array_contains: ([value, list], { templates, tables }) => {
    const isSnowflakes = isVariantCast(value) || (value?.class === 'CONSTANT' && list?.class !== 'CONSTANT');
    if (!isSnowflakes || value === undefined || list === undefined) return undefined;
    const template = templates.get(isTextList(list, tables) ? 'in texts' : 'in json');
    return template && fillTemplate(template, [value, list]);
  },
  array_to_string: ([list, separator], { templates, isJsonPath }) => {
    const template = templates.get('join json');
    return template && list && separator && isJsonPath(list)
      ? fillTemplate(template, [list, separator])
      : undefined;
  },
  element_at: ([list, key], { templates, isJsonPath }) => {
    const template = templates.get(list && isJsonPath(list) ? 'element of json' : 'element');
    return template && list && key && fillTemplate(template, [list, key]);
  },
  decode: ([value, ...pairs]) => (value !== undefined && pairs.length > 1 ? decode(value, pairs) : undefined),
  regexp_like: ([value, pattern], { templates }) => {
    const template = templates.get('whole match');
    const isAnchored = /^(\^|\.\*)[\s\S]*(\$|\.\*)$/.test(constantText(pattern) ?? '');
    return template && isAnchored && value && pattern ? fillTemplate(template, [value, pattern]) : undefined;
  },
  date_parse: (args) => withFormat('strptime', args),
  date_format: (args) => withFormat('strftime', args),
};

const units: readonly (readonly [RegExp, string])[] = [
  [/^(years?|y|yy|yyy|yyyy|yr|yrs)$/, 'year'],
  [/^(quarters?|q|qtr|qtrs)$/, 'quarter'],
  [/^(months?|mm|mon|mons)$/, 'month'],
  [/^(weeks?|w|wk)$/, 'week'],
  [/^(days?|d|dd)$/, 'day'],
  [/^(hours?|h|hh|hr|hrs)$/, 'hour'],
  [/^(minutes?|m|mi|min|mins)$/, 'minute'],
  [/^(seconds?|s|sec|secs)$/, 'second'],
  [/^(milliseconds?|ms|msec)$/, 'millisecond'],
];

/** A unit of time written as a word or a text, as DuckDB names it. */
function unitOf(node: SyntaxNode | undefined): string | undefined {
  const [word, ...more] = node?.class === 'COLUMN_REF' ? texts(node, 'column_names') : [constantText(node)];
  if (word === undefined || more.length > 0) return undefined;
  return units.find(([spellings]) => spellings.test(word.toLowerCase()))?.[1];
}

function isVariantCast(node: SyntaxNode | undefined): boolean {
  return node?.class === 'CAST' && isNode(node.cast_type) && node.cast_type.id === 'VARIANT';
}

/** Whether it is a column that holds a list of texts, which needs no conversion. */
function isTextList(node: SyntaxNode, tables: readonly TableDefinition[]): boolean {
  const name = texts(node, 'column_names').at(-1)?.toLowerCase();
  const columns = tables
    .flatMap((table) => table.columns)
    .filter((column) => column.name.toLowerCase() === name);
  return columns.length > 0 && columns.every(({ type }) => type === 'VARCHAR[]');
}

/** `decode(value, search1, result1, …, default)`, in which null equals null. */
function decode(value: SyntaxNode, pairs: readonly SyntaxNode[]): SyntaxNode {
  const checks = Array.from({ length: Math.floor(pairs.length / 2) }, (_, pair) => ({
    when_expr: {
      ...{ class: 'COMPARISON', type: 'COMPARE_NOT_DISTINCT_FROM' },
      left: value,
      right: pairs[2 * pair],
    },
    then_expr: pairs[2 * pair + 1],
  }));
  const otherwise = pairs.length % 2 === 1 ? pairs.at(-1) : nullConstant;
  return { class: 'CASE', type: 'CASE_EXPR', case_checks: checks, else_expr: otherwise };
}

const nullConstant: SyntaxNode = {
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  value: { type: { id: 'NULL', type_info: null }, is_null: true },
};

/** MySQL's letters, which Trino uses, in C's. */
const formatLetters: Readonly<Record<string, string>> = {
  ...{
    a: '%a',
    b: '%b',
    c: '%-m',
    d: '%d',
    e: '%-d',
    f: '%f',
    H: '%H',
    h: '%I',
    I: '%I',
    i: '%M',
    j: '%j',
    k: '%-H',
  },
  ...{
    l: '%-I',
    M: '%B',
    m: '%m',
    p: '%p',
    S: '%S',
    s: '%S',
    T: '%H:%M:%S',
    W: '%A',
    Y: '%Y',
    y: '%y',
    '%': '%%',
  },
};

function withFormat(name: string, [value, format]: readonly SyntaxNode[]): SyntaxNode | undefined {
  const written = constantText(format);
  if (written === undefined || value === undefined) return undefined;
  const letters = [...written.matchAll(/%([\s\S]?)/g)].map(([, letter = '']) => letter);
  if (letters.some((letter) => !Object.hasOwn(formatLetters, letter))) return undefined;
  const translated = written.replaceAll(/%([\s\S])/g, (_, letter: string) => formatLetters[letter] ?? '');
  return functionCall(name, [value, textConstant(translated)]);
}

const castTypes: Readonly<Record<string, string>> = {
  timestamp_ntz: 'TIMESTAMP',
  timestamp_ltz: 'TIMESTAMP',
  timestamp_tz: 'TIMESTAMP',
  object: 'JSON',
};

/** A variant is what it was before; `number` is a decimal, whole unless it says otherwise. */
function translateCast(node: SyntaxNode): SyntaxNode | undefined {
  const type = isNode(node.cast_type) ? node.cast_type : {};
  if (type.id === 'VARIANT' && isNode(node.child)) return node.child;
  const info = isNode(type.type_info) ? type.type_info : {};
  if (type.id !== 'UNBOUND') return undefined;
  const name = text(info, 'name').toLowerCase();
  if (name === 'number') {
    const [width = 38, scale = 0] = nodes(info, 'user_type_modifiers').map(({ value }) => value);
    const decimal = { type: 'DECIMAL_TYPE_INFO', alias: '', extension_info: null, width, scale };
    return { ...node, cast_type: { id: 'DECIMAL', type_info: decimal } };
  }
  const id = castTypes[name];
  if (id === undefined) return undefined;
  return id === 'JSON'
    ? { ...node, cast_type: { id: 'UNBOUND', type_info: { ...info, name: 'JSON' } } }
    : { ...node, cast_type: { id, type_info: null } };
}

/** `FLATTEN(list)` or `FLATTEN(input => list, outer => true)` in FROM. */
function translateFlatten(
  table: SyntaxNode,
  call: SyntaxNode,
  { templates }: TranslationContext,
): SyntaxNode | undefined {
  if (text(call, 'function_name').toLowerCase() !== 'flatten') return undefined;
  const options = new Map(
    nodes(call, 'children').map((child) => [text(child, 'alias').toLowerCase(), child]),
  );
  const input = options.get('input') ?? options.get('');
  const outer = options.get('outer');
  const isOuter = isNode(outer?.child) && constantValue(outer.child) === 't';
  const template = templates.get(isOuter ? 'flatten outer' : 'flatten');
  const isKnown = [...options.keys()].every((name) => ['input', 'outer', ''].includes(name));
  if (!isKnown || input === undefined || template === undefined) return undefined;
  const { alias, column_name_alias } = table;
  return { ...fillTemplate(template, [{ ...input, alias: '' }]), alias, column_name_alias };
}
