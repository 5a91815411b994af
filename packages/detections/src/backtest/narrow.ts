import type { Traced } from '../engine.ts';
import { isCovered, type Read } from '../runtime/trace.ts';
import { isTold, knownEvent, type PlaceValues } from './known-event.ts';

/** Events that are the same in some places. */
export interface EventGroup {
  /** What they hold there. */
  readonly values: PlaceValues;
  readonly count: number;
}

/** The events of groups, by what they hold in the same places. */
export interface GroupSelection {
  readonly by: readonly Read[];
  readonly groups: readonly PlaceValues[];
}

/** The past, as far as it takes to find out which events a detection has to be asked about. */
export interface EventHistory {
  /** How many events there are. */
  count(): Promise<number>;
  /**
   * Events within a selection by what they hold where `by` looks; undefined if there are more than `max` groups, or if
   * events can't be told apart there.
   */
  groups(
    within: GroupSelection,
    by: readonly Read[],
    max: number,
  ): Promise<readonly EventGroup[] | undefined>;
  /** Whether it can be told what events hold at a place. */
  tells(place: Read): boolean;
}

/** Says what a detection says of events that tell of the `known` places alone, as `DetectionEngine.trace` does. */
export type Trace = (
  events: readonly string[],
  known: readonly Read[],
) => Promise<readonly (Traced | undefined)[]>;

/** Which events the detection has to be asked about. */
export interface Narrowing {
  /** Undefined: all of them. None of the events is in two selections. */
  readonly selections: readonly GroupSelection[] | undefined;
  /** How many events need not be looked at, and how many must. */
  readonly skipped: number;
  readonly left: number;
  /** Whether the detection says yes to all that are left. */
  readonly areMatches: boolean;
  /** Where the detection looks at those that are left; undefined if that is not known of all. */
  readonly places: readonly Read[] | undefined;
}

const everything: GroupSelection = { by: [], groups: [[]] };

/** So many different events are tried at a step. */
const groupsMax = 20_000;

/** If more of them are undecided, or it takes longer texts to name them, it is asked about all: that costs more than it saves. */
const undecidedMax = 2_000;
const undecidedLengthMax = 200_000;

/** Fewer events than this are asked about sooner than told apart. */
export const worthwhile = 5_000;

/** A detection that looks at more places before it says no is asked. */
const depthMax = 5;

/**
 * Finds events that a detection says no to without asking it about each: a detection that said no to one event says no to every event that
 * is the same where it looked. So it is asked about an event of which nothing is known, to see where it looks first; then about one of
 * each kind that events are of there, of which nothing else is known, and so on by the next place where that does not decide.
 */
export async function narrow(history: EventHistory, trace: Trace): Promise<Narrowing> {
  const start = await decide(history, trace, { by: [], groups: [{ values: [], count: 1 }] });
  const [first] = start.deeper;
  const groups = first && (await history.groups(everything, first.by, groupsMax));
  const all = { selections: undefined, skipped: 0, areMatches: false, places: undefined } as const;
  if (first === undefined || groups === undefined) {
    const count = await history.count();
    if (start.no > 0) return { selections: [], skipped: count, left: 0, areMatches: true, places: [] };
    return {
      ...all,
      left: count,
      ...(first === undefined && { areMatches: start.areMatches, places: start.places }),
    };
  }
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  if (count < worthwhile) return { ...all, left: count };

  const selections: GroupSelection[] = [];
  const decisions: Decision[] = [];
  /** Whether more events are left than the detection was seen to leave. */
  let isCut = false;
  let skipped = 0;
  const steps: Step[] = [{ by: first.by, groups, within: everything }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { by, within: around } = step;
    const decision = await decide(history, trace, step);
    decisions.push(decision);
    if (areTooMany([...decision.asked, ...decision.deeper.flatMap((deeper) => deeper.groups)])) {
      isCut = true;
      selections.push(around);
      continue;
    }
    skipped += decision.no;
    const asked = [...decision.asked];
    for (const deeper of decision.deeper) {
      const isWorthwhile = deeper.count >= worthwhile && by.length < depthMax;
      const within = { by, groups: deeper.groups };
      const parts = isWorthwhile ? await history.groups(within, deeper.by, groupsMax) : undefined;
      if (parts !== undefined) steps.push({ by: deeper.by, groups: parts, within });
      else {
        isCut = true;
        asked.push(...deeper.groups);
      }
    }
    if (asked.length > 0) selections.push({ by, groups: asked });
  }
  const isAll = selections.some(({ by }) => by.length === 0);
  return {
    ...all,
    ...{ skipped, left: count - skipped },
    ...(!isAll && { selections }),
    ...(!isCut && {
      areMatches: decisions.every(({ areMatches }) => areMatches),
      places: decisions.every(({ places }) => places)
        ? decisions.flatMap(({ places = [] }) => places)
        : undefined,
    }),
  };
}

function areTooMany(groups: readonly PlaceValues[]): boolean {
  const length = groups.flat().reduce((sum, value) => sum + (value?.length ?? 0), 0);
  return groups.length > undecidedMax || length > undecidedLengthMax;
}

interface Step {
  readonly by: readonly Read[];
  readonly groups: readonly EventGroup[];
  /** All of their events. */
  readonly within: GroupSelection;
}

interface Decision {
  /** How many events the detection says no to. */
  readonly no: number;
  /** Groups it has to be asked about. */
  readonly asked: readonly PlaceValues[];
  /** Whether it says yes to all of these. */
  readonly areMatches: boolean;
  /** Where it looks in these; undefined if that is not known of all. */
  readonly places: readonly Read[] | undefined;
  /** Groups in which it looks at one more place. */
  readonly deeper: readonly {
    readonly by: readonly Read[];
    readonly groups: readonly PlaceValues[];
    readonly count: number;
  }[];
}

async function decide(
  history: EventHistory,
  trace: Trace,
  { by, groups }: Omit<Step, 'within'>,
): Promise<Decision> {
  const traces = await trace(
    groups.map(({ values }) => knownEvent(by, values)),
    by,
  );
  const asked: PlaceValues[] = [];
  const places: Read[] = [];
  const next = new Map<string, { further: Read; groups: PlaceValues[]; count: number }>();
  let areMatches = true;
  let arePlacesKnown = true;
  let no = 0;
  for (const [at, { values, count }] of groups.entries()) {
    const told = traces[at];
    const further = told?.reads.find((read) => !isTold(by, values, read));
    if (told?.matched === false) no += count;
    else if (told === undefined || told.matched || further === undefined) {
      asked.push(values);
      places.push(...(told?.reads ?? []).filter((read) => isCovered(by, read) && !isCovered(places, read)));
      areMatches &&= told?.matched === true;
      arePlacesKnown &&= told?.verdict !== undefined;
    } else {
      const name = JSON.stringify(further);
      const alike = next.get(name) ?? { further, groups: [], count: 0 };
      alike.groups.push(values);
      next.set(name, { ...alike, count: alike.count + count });
    }
  }
  const deeper = [...next.values()].map(async ({ further, groups: alike, count }) => {
    const example = { by, values: alike[0] ?? [] };
    return { by: [...by, await within(history, trace, example, further)], groups: alike, count };
  });
  return {
    ...{ no, asked, areMatches, places: arePlacesKnown ? places : undefined },
    deeper: await Promise.all(deeper),
  };
}

/**
 * The place where a detection looks next if there is an object at the further place: below it, or at all of it. What is there tells of the
 * object as well, which saves a step for each object on the way.
 */
async function within(
  history: EventHistory,
  trace: Trace,
  { by, values }: { readonly by: readonly Read[]; readonly values: PlaceValues },
  further: Read,
): Promise<Read> {
  let place = further;
  for (let depth = 0; depth < depthMax && !place.whole; depth += 1) {
    const [told] = await trace([knownEvent([...by, place], [...values, '{'])], by);
    const next = told?.matched === undefined ? told?.reads.at(-1) : undefined;
    const isWithin = next !== undefined && isCovered([{ ...place, whole: true }], next);
    if (!isWithin || isCovered([...by, place], next) || !history.tells(next)) break;
    place = next;
  }
  return place;
}
