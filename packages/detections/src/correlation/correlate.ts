import type { Spec } from '../content/schemas.ts';
import { DetectionError } from '../detection-error.ts';
import { follow, parseKeyPath } from '../expressions/key-path.ts';
import { type SharedField, sharedFields } from './shared-values.ts';

export type CorrelationSpec = Spec<'correlation_rule'>['Detection'][number];
type StepSpec = NonNullable<CorrelationSpec['Sequence']>[number];

/** A match of a rule that others are correlated with. */
export interface Signal {
  readonly id: string;
  /** When its event happened, milliseconds since 1970. */
  readonly atMs: number;
  readonly event: unknown;
}

/** Signals that together are what a correlation rule looks for. */
export interface Correlated {
  /** What they have in common, in the order in which the rule names it. */
  readonly values: readonly string[];
  /** By the id of the step or group; steps that are to be absent have none. */
  readonly signals: Readonly<Record<string, readonly Signal[]>>;
  /** When that was complete; for something absent, when the time for it was over. */
  readonly atMs: number;
}

export const correlationDefaults = { lookbackMinutes: 15 } as const;

const minuteMs = 60_000;
/** So many combinations of values are looked at. */
const combinationsMax = 10_000;

/**
 * Finds what a correlation rule looks for among signals. Steps of a sequence may happen at the same moment; a group has no order. The time
 * frame of a transition is from the last signal of one step to the first of the next.
 * @param signals those of each step or group, by its id.
 * @param nowMs up to when absence can be told, milliseconds since 1970.
 * @returns one for each way in which the last step is reached, at most; the earliest first.
 * @throws DetectionError `invalid_content` for more combinations of values than can be looked at.
 */
export function correlate(
  spec: CorrelationSpec,
  signals: ReadonlyMap<string, readonly Signal[]>,
  nowMs: number,
): readonly Correlated[] {
  const steps = (spec.Sequence ?? spec.Group ?? []).map((step) => new Step(step, spec, signals));
  const search = spec.Sequence === undefined ? inGroup : inSequence;
  return combinations(steps)
    .flatMap((bindings) => search(spec, steps, bindings, nowMs))
    .toSorted((one, other) => one.atMs - other.atMs);
}

/** Values by variable. */
type Bindings = ReadonlyMap<number, string>;

class Step {
  readonly id: string;
  readonly min: number;
  readonly max: number;
  readonly isAbsent: boolean;
  readonly #shared: readonly SharedField[];
  /** Signals with the same values of what is shared; of a list, each of its values counts. */
  readonly #clusters = new Map<string, { readonly bindings: Bindings; readonly signals: Signal[] }>();

  constructor(
    { ID, MinMatchCount, MaxMatchCount, Absence }: StepSpec,
    spec: CorrelationSpec,
    signals: ReadonlyMap<string, readonly Signal[]>,
  ) {
    this.id = ID;
    this.min = MinMatchCount ?? 1;
    this.max = MaxMatchCount ?? Number.POSITIVE_INFINITY;
    this.isAbsent = Absence === true;
    this.#shared = sharedFields(spec).get(ID) ?? [];
    const inOrder = (signals.get(ID) ?? []).toSorted((one, other) => one.atMs - other.atMs);
    for (const signal of inOrder) {
      for (const bindings of this.#bindingsOf(signal)) {
        const key = JSON.stringify([...bindings]);
        const cluster = this.#clusters.get(key) ?? { bindings, signals: [] };
        cluster.signals.push(signal);
        this.#clusters.set(key, cluster);
      }
    }
  }

  /** What is bound once this step is, for each way that goes with what is bound. */
  bind(bound: Bindings): readonly Bindings[] {
    return [...this.#clusters.values()]
      .filter(({ bindings }) => agree(bindings, bound))
      .map(({ bindings }) => new Map([...bound, ...bindings]));
  }

  /** The signals that go with what is bound, in the order of their times. */
  signals(bound: Bindings): readonly Signal[] {
    const fitting = [...this.#clusters.values()].filter(({ bindings }) => agree(bindings, bound));
    if (fitting.length === 1) return fitting[0]?.signals ?? [];
    return [...new Set(fitting.flatMap(({ signals }) => signals))].toSorted(
      (one, other) => one.atMs - other.atMs,
    );
  }

  #bindingsOf({ event }: Signal): readonly Bindings[] {
    const byVariable = Map.groupBy(this.#shared, ({ variable }) => variable);
    return [...byVariable].reduce<readonly Bindings[]>(
      (made, [variable, fields]) => {
        const [first = [], ...others] = fields.map(({ field }) => valuesAt(event, field));
        const values = new Set(first.filter((value) => others.every((each) => each.includes(value))));
        return made.flatMap((bindings) =>
          [...values].map((value) => new Map([...bindings, [variable, value] as const])),
        );
      },
      [new Map()],
    );
  }
}

/** Two bindings give the same values to what both bind. */
function agree(one: Bindings, other: Bindings): boolean {
  for (const [variable, value] of one) if ((other.get(variable) ?? value) !== value) return false;
  return true;
}

function valuesAt(event: unknown, field: string): readonly string[] {
  // A test names the field as the rule does, an event holds it where the path leads.
  const found = follow(event, [field]) ?? follow(event, parseKeyPath(field) ?? [field]);
  return (Array.isArray(found) ? found : [found])
    .filter((value) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(String);
}

/** Every way to give the same values to what is to be equal, by the signals that are there. */
function combinations(steps: readonly Step[]): readonly Bindings[] {
  let made: readonly Bindings[] = [new Map()];
  for (const step of steps.filter(({ isAbsent }) => !isAbsent)) {
    const next = new Map<string, Bindings>();
    for (const bound of made) {
      for (const bindings of step.bind(bound)) next.set(JSON.stringify([...bindings]), bindings);
      if (next.size > combinationsMax) {
        throw new DetectionError('invalid_content', `more than ${combinationsMax} combinations of values`);
      }
    }
    made = [...next.values()];
  }
  return made;
}

/** Signals of the steps so far, up to one of which the next may follow. */
interface Chain {
  readonly signals: Readonly<Record<string, readonly Signal[]>>;
  /** The times of the last signals, by step. */
  readonly ends: ReadonlyMap<string, number>;
  readonly atMs: number;
  /** The last step that was there, if any. */
  readonly last: string | undefined;
}

function inSequence(
  spec: CorrelationSpec,
  steps: readonly Step[],
  bound: Bindings,
  nowMs: number,
): readonly Correlated[] {
  const withinMs = (from: string | undefined, to: string): number => {
    const transition = spec.Transitions?.find(({ From, To }) => From === from && To === to);
    const minutes =
      transition?.WithinTimeFrameMinutes ?? spec.LookbackWindowMinutes ?? correlationDefaults.lookbackMinutes;
    return minutes * minuteMs;
  };
  const isTransition = (from: string, to: string) =>
    spec.Transitions?.some(({ From, To }) => From === from && To === to) === true;
  const isAnyIn = (step: Step, fromMs: number, toMs: number) =>
    step.signals(bound).some(({ atMs }) => fromMs <= atMs && atMs <= toMs);

  let chains: readonly Chain[] = [{ signals: {}, ends: new Map(), atMs: 0, last: undefined }];
  let absentBefore: readonly Step[] = [];
  for (const step of steps) {
    if (step.isAbsent && chains[0]?.last === undefined) absentBefore = [...absentBefore, step];
    else if (step.isAbsent) {
      chains = chains.flatMap((chain) => {
        const end = chain.ends.get(chain.last ?? '') ?? 0;
        const overMs = end + withinMs(chain.last, step.id);
        return overMs > nowMs || isAnyIn(step, end, overMs)
          ? []
          : [{ ...chain, atMs: Math.max(chain.atMs, overMs) }];
      });
    } else {
      const mayFollow = (chain: Chain, startMs: number) =>
        [...chain.ends].every(
          ([from, endMs]) =>
            endMs <= startMs &&
            ((from !== chain.last && !isTransition(from, step.id)) ||
              startMs - endMs <= withinMs(from, step.id)),
        ) &&
        absentBefore.every((absent) => !isAnyIn(absent, startMs - withinMs(absent.id, step.id), startMs));
      chains = followedBy(step, chains, bound, mayFollow);
      absentBefore = [];
    }
  }
  return chains
    .filter(({ last }) => last !== undefined)
    .map(({ signals, atMs }) => ({ values: [...bound.values()], signals, atMs }));
}

/** Each way in which as many signals of the step as it needs follow one of the chains, with the chain that ends the latest. */
function followedBy(
  step: Step,
  chains: readonly Chain[],
  bound: Bindings,
  mayFollow: (chain: Chain, startMs: number) => boolean,
): readonly Chain[] {
  const signals = step.signals(bound);
  if (signals.length > step.max) return [];
  const made: Chain[] = [];
  for (let end = step.min; end <= signals.length; end += 1) {
    const chosen = signals.slice(end - step.min, end);
    const startMs = chosen[0]?.atMs ?? 0;
    const endMs = chosen.at(-1)?.atMs ?? 0;
    const before = chains.findLast((chain) => mayFollow(chain, startMs));
    if (before === undefined) continue;
    made.push({
      signals: { ...before.signals, [step.id]: chosen },
      ends: new Map([...before.ends, [step.id, endMs]]),
      atMs: endMs,
      last: step.id,
    });
  }
  return made;
}

function inGroup(_spec: CorrelationSpec, groups: readonly Step[], bound: Bindings): readonly Correlated[] {
  const present = groups.filter(({ isAbsent }) => !isAbsent);
  const found = present.map((group) => ({ group, signals: group.signals(bound) }));
  const isComplete =
    found.every(({ group, signals }) => signals.length >= group.min && signals.length <= group.max) &&
    groups.every((group) => !group.isAbsent || group.signals(bound).length === 0);
  if (!isComplete || present.length === 0) return [];
  const completedMs = found.map(({ group, signals }) => signals[group.min - 1]?.atMs ?? 0);
  return [
    {
      values: [...bound.values()],
      signals: Object.fromEntries(found.map(({ group, signals }) => [group.id, signals])),
      atMs: Math.max(...completedMs),
    },
  ];
}
