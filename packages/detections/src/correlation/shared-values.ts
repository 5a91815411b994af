import type { CorrelationSpec } from './correlate.ts';

/** A field of a step whose value must be that of fields of other steps. */
export interface SharedField {
  /** Fields with the same number have the same value. */
  readonly variable: number;
  readonly field: string;
}

/** Which fields of each step are to be equal to which of others, as transitions and match criteria say. */
export function sharedFields({
  Transitions = [],
  MatchCriteria = {},
}: CorrelationSpec): ReadonlyMap<string, readonly SharedField[]> {
  const variables = new Map<string, number>();
  let next = 0;
  const unite = (fields: readonly (readonly [step: string, field: string])[]) => {
    const keys = fields.map((field) => JSON.stringify(field));
    const known = new Set(keys.flatMap((key) => variables.get(key) ?? []));
    const variable = next;
    next += 1;
    for (const key of keys) variables.set(key, variable);
    for (const [key, old] of variables) if (known.has(old)) variables.set(key, variable);
  };
  for (const { From, To, Match = [] } of Transitions) {
    for (const match of Match) {
      unite([
        [From, match.On ?? match.From ?? ''],
        [To, match.On ?? match.To ?? ''],
      ]);
    }
  }
  for (const criteria of Object.values(MatchCriteria)) {
    unite(criteria.map(({ GroupID, Match }) => [GroupID, Match]));
  }
  const found = [...variables].map(([key, variable]) => {
    const [step, field]: readonly [string, string] = JSON.parse(key);
    return { step, shared: { variable, field } };
  });
  return new Map(
    [...Map.groupBy(found, ({ step }) => step)].map(([step, of]) => [step, of.map(({ shared }) => shared)]),
  );
}
