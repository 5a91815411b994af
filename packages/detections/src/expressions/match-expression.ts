import { comparisons, memberships, quantifiers, states, valueProblem } from './conditions.ts';
import { follow, parseKeyPath, type Step } from './key-path.ts';

/** Says whether an event matches. It holds no state and runs no code but ours. */
export type Matcher = (event: unknown) => boolean;

/** What is wrong with an expression and where, as a path like `Detection[0].Condition`. */
export interface ExpressionProblem {
  readonly field: string;
  readonly message: string;
}

export interface MatchOptions {
  /** The name of the field that holds the expressions, for problems. */
  readonly field: string;
  /**
   * Inline filters know fewer forms: `KeyPath` and `Enrichment`, `All` and `Any`, nothing about elements.
   */
  readonly inlineFilter?: boolean;
}

/**
 * Reads match expressions as they stand in the YAML of a simple detection or an inline filter. A list means all of them.
 * @returns the matcher and no problems, or the problems.
 */
export function readMatch(
  expressions: unknown,
  options: MatchOptions,
): { readonly matches: Matcher; readonly problems: readonly ExpressionProblem[] } {
  const reader = new ExpressionReader(options.inlineFilter === true);
  const matches = reader.all(expressions, options.field);
  return { matches, problems: reader.problems };
}

/** Reads `Key`, `DeepKey`, `KeyPath` or `Enrichment` where a simple detection names a value of the event. */
export function readSpecifier(
  specifier: unknown,
  field: string,
): { readonly find: (event: unknown) => unknown; readonly problems: readonly ExpressionProblem[] } {
  const reader = new ExpressionReader(false);
  const find = isObject(specifier) ? reader.specifier(specifier, field) : undefined;
  if (find === undefined) reader.problem(field, 'expected Key, DeepKey, KeyPath or Enrichment');
  return { find: find ?? (() => undefined), problems: reader.problems };
}

type Fields = Readonly<Record<string, unknown>>;
type Find = (event: unknown) => unknown;

const never: Matcher = () => false;

const combinators: ReadonlyMap<string, (satisfied: number, all: number) => boolean> = new Map([
  ['All', (satisfied, all) => satisfied === all],
  ['Any', (satisfied) => satisfied > 0],
  ['OnlyOne', (satisfied) => satisfied === 1],
  ['None', (satisfied) => satisfied === 0],
]);

const specifiers = ['Key', 'DeepKey', 'KeyPath', 'Enrichment'];
const knownFields = new Set([...specifiers, 'Condition', 'Value', 'Values', 'Expressions']);

class ExpressionReader {
  readonly problems: ExpressionProblem[] = [];
  readonly #inlineFilter: boolean;

  constructor(inlineFilter: boolean) {
    this.#inlineFilter = inlineFilter;
  }

  problem(field: string, message: string): Matcher {
    this.problems.push({ field, message });
    return never;
  }

  all(expressions: unknown, field: string): Matcher {
    if (!Array.isArray(expressions)) return this.#expression(expressions, field);
    if (expressions.length === 0) return this.problem(field, 'expected at least one match expression');
    const matchers = expressions.map((one, index) => this.#expression(one, `${field}[${index}]`));
    return (event) => matchers.every((matches) => matches(event));
  }

  #expression(expression: unknown, field: string): Matcher {
    if (!isObject(expression)) return this.problem(field, 'expected a match expression');
    const [only, ...others] = Object.keys(expression);
    const accepts = combinators.get(only ?? '');
    if (accepts !== undefined && others.length === 0) {
      return this.#combination(only ?? '', accepts, expression[only ?? ''], field);
    }
    for (const name of Object.keys(expression)) {
      if (!knownFields.has(name)) this.problem(`${field}.${name}`, 'is not part of a match expression');
    }
    return this.#condition(expression, field);
  }

  #combination(
    name: string,
    accepts: (satisfied: number, all: number) => boolean,
    list: unknown,
    field: string,
  ): Matcher {
    if (this.#inlineFilter && name !== 'All' && name !== 'Any') {
      return this.problem(`${field}.${name}`, 'is not available in inline filters');
    }
    if (!Array.isArray(list) || list.length === 0) {
      return this.problem(`${field}.${name}`, 'expected a list of match expressions');
    }
    const matchers = list.map((one, index) => this.#expression(one, `${field}.${name}[${index}]`));
    return (event) => accepts(matchers.filter((matches) => matches(event)).length, matchers.length);
  }

  #condition(expression: Fields, field: string): Matcher {
    const name = expression.Condition;
    if (typeof name !== 'string') return this.problem(`${field}.Condition`, 'is required');
    if (name === 'AlwaysTrue') return () => true;
    if (name === 'AlwaysFalse') return never;
    const comparison = comparisons.get(name);
    if (comparison !== undefined && Array.isArray(expression.Values)) {
      return this.#twoKeys(comparison.holds, expression, field);
    }
    const find = this.specifier(expression, field);
    if (comparison !== undefined) {
      if (!('Value' in expression)) return this.problem(`${field}.Value`, `is required for ${name}`);
      const { Value: value } = expression;
      const wrong = valueProblem(comparison.value, value);
      if (wrong !== undefined) return this.problem(`${field}.Value`, wrong);
      return (event) => comparison.holds(find(event), value);
    }
    const isMember = memberships.get(name);
    if (isMember !== undefined) {
      const { Values: values } = expression;
      if (!Array.isArray(values)) return this.problem(`${field}.Values`, `is required for ${name}: a list`);
      return (event) => isMember(find(event), values);
    }
    const state = states.get(name);
    if (state !== undefined) return (event) => state(find(event));
    const accepts = quantifiers.get(name);
    if (accepts === undefined) return this.problem(`${field}.Condition`, `there is no condition ${name}`);
    if (this.#inlineFilter)
      return this.problem(`${field}.Condition`, `${name} is not available in inline filters`);
    if (!('Expressions' in expression))
      return this.problem(`${field}.Expressions`, `is required for ${name}`);
    const matches = this.all(expression.Expressions, `${field}.Expressions`);
    return (event) => {
      const elements = find(event);
      return Array.isArray(elements) && accepts(elements.filter(matches).length, elements.length);
    };
  }

  #twoKeys(holds: (found: unknown, value: unknown) => boolean, expression: Fields, field: string): Matcher {
    const sides = (expression.Values as readonly unknown[]).map((side, index) =>
      isObject(side)
        ? this.specifier(side, `${field}.Values[${index}]`)
        : this.problem(`${field}.Values[${index}]`, 'expected a key to compare'),
    );
    const [left, right, ...more] = sides;
    if (left === undefined || right === undefined || more.length > 0) {
      return this.problem(`${field}.Values`, 'expected exactly two keys to compare');
    }
    return (event) => holds(left(event), right(event));
  }

  /** Without a specifier the value is the event itself: inside `Expressions`, the element. */
  specifier(expression: Fields, field: string): Find {
    const given = specifiers.filter((name) => name in expression);
    const [name] = given;
    if (name === undefined) return (event) => event;
    if (given.length > 1) return this.problem(field, `give one of ${given.join(' and ')}`);
    if (this.#inlineFilter && name !== 'KeyPath' && name !== 'Enrichment') {
      return this.problem(`${field}.${name}`, 'is not available in inline filters: use KeyPath');
    }
    const steps = this.#steps(name, expression[name], `${field}.${name}`);
    return (event) => follow(event, steps);
  }

  #steps(name: string, value: unknown, field: string): readonly Step[] {
    if (name === 'Key' && typeof value === 'string') return [value];
    if (name === 'DeepKey' && Array.isArray(value) && value.every(isStep) && value.length > 0) return value;
    if (name === 'KeyPath' && typeof value === 'string') return this.#path(value, field);
    if (name === 'Enrichment' && isObject(value)) {
      const { Table: table, Selector: selector, FieldPath: path } = value;
      if (typeof table === 'string' && typeof selector === 'string' && typeof path === 'string') {
        return ['p_enrichment', table, selector, ...this.#path(path, `${field}.FieldPath`)];
      }
      this.problem(field, 'expected Table, Selector and FieldPath');
      return [];
    }
    this.problem(field, name === 'DeepKey' ? 'expected a list of keys' : 'expected text');
    return [];
  }

  #path(text: string, field: string): readonly Step[] {
    const steps = parseKeyPath(text);
    if (steps === undefined) this.problem(field, `${text} is not a path like a.b[*].c`);
    return steps ?? [];
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStep(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
