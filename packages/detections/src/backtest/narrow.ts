import { isCovered, type Read } from '../runtime/trace.ts';

/** Events that are the same in some places. */
export interface EventGroup {
  /** Names the group among those of the same `by`. */
  readonly key: string;
  readonly count: number;
  /** Positions of some of its events, for `eventsAt`. */
  readonly examples: readonly number[];
}

/** The events of groups. */
export interface GroupSelection {
  readonly by: readonly Read[];
  readonly keys: readonly string[];
}

/** The past, as far as it takes to find out which events a detection has to be asked about. */
export interface EventHistory {
  /** How many events there are, and the positions of some, at most `max`. */
  sample(max: number): Promise<{ readonly count: number; readonly positions: readonly number[] }>;
  /**
   * Events within a selection (undefined: all) by what they hold where `by` looks; undefined if there are more than `max` groups, or if
   * events can't be told apart there.
   */
  groups(
    within: GroupSelection | undefined,
    by: readonly Read[],
    max: number,
  ): Promise<readonly EventGroup[] | undefined>;
  /** Events as JSON text, in the order of the positions. */
  eventsAt(positions: readonly number[]): Promise<readonly string[]>;
}

/** Says for each event where the detection looked to say no, as `DetectionEngine.trace` does. */
export type Trace = (events: readonly string[]) => Promise<readonly (readonly Read[] | undefined)[]>;

/** Which events the detection has to be asked about. */
export interface Narrowing {
  /** Undefined: all of them. None of the events is in two selections. */
  readonly selections: readonly GroupSelection[] | undefined;
  /** How many events need not be looked at, and how many must. */
  readonly skipped: number;
  readonly left: number;
}

/** So many events are tried to see where the detection looks first. */
const samples = 100;

/** So many different events are tried at a step. */
const groupsMax = 2_000;

/** Fewer events than this are asked about sooner than told apart. */
const worthwhile = 5_000;

/** A detection that looks at more places before it says no is asked. */
const depthMax = 5;

/**
 * Finds events that a detection says no to without asking it about each: a detection that said no to one event says no to every event that
 * is the same where it looked. So it is asked about one event of each kind, first by the place where it looks first, then, where that does not decide, by the
 * next place as well.
 */
export async function narrow(history: EventHistory, trace: Trace): Promise<Narrowing> {
  const { count, positions } = await history.sample(samples);
  const all: Narrowing = { selections: undefined, skipped: 0, left: count };
  if (count < worthwhile) return all;
  // Whatever the event, the first place is the same.
  const [reads] = (await trace(await history.eventsAt(positions))).filter((each) => each !== undefined);
  if (reads === undefined) return all;
  const by = reads.slice(0, 1);
  const groups = await history.groups(undefined, by, groupsMax);
  if (groups === undefined) return all;

  const selections: GroupSelection[] = [];
  let skipped = 0;
  const steps: Step[] = [{ by, groups }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const decision = await decide(history, trace, step);
    skipped += decision.no;
    const asked = [...decision.unknown];
    for (const deeper of decision.deeper) {
      const isWorthwhile = deeper.count >= worthwhile && deeper.by.length <= depthMax;
      const within = { by: step.by, keys: deeper.keys };
      const parts = isWorthwhile ? await history.groups(within, deeper.by, groupsMax) : undefined;
      if (parts === undefined) asked.push(...deeper.keys);
      else steps.push({ by: deeper.by, groups: parts });
    }
    if (asked.length > 0) selections.push({ by: step.by, keys: asked });
  }
  return { selections, skipped, left: count - skipped };
}

interface Step {
  readonly by: readonly Read[];
  readonly groups: readonly EventGroup[];
}

interface Decision {
  /** How many events the detection says no to. */
  readonly no: number;
  /** Groups it has to be asked about. */
  readonly unknown: readonly string[];
  /** Groups in which it looks at one more place. */
  readonly deeper: readonly {
    readonly by: readonly Read[];
    readonly keys: readonly string[];
    readonly count: number;
  }[];
}

async function decide(history: EventHistory, trace: Trace, { by, groups }: Step): Promise<Decision> {
  const events = await history.eventsAt(groups.flatMap(({ examples }) => examples));
  const traces = await trace(events);
  const unknown: string[] = [];
  const next = new Map<string, { by: readonly Read[]; keys: string[]; count: number }>();
  let no = 0;
  let start = 0;
  for (const { key, count, examples } of groups) {
    const told = traces.slice(start, start + examples.length);
    start += examples.length;
    // One of them may be what the detection is for; another then tells where it looks.
    const further = told.find((reads) => reads !== undefined)?.find((read) => !isCovered(by, read));
    if (further !== undefined) {
      const name = JSON.stringify(further);
      const known = next.get(name) ?? { by: [...by, further], keys: [], count: 0 };
      known.keys.push(key);
      next.set(name, { ...known, count: known.count + count });
    } else if (told.includes(undefined)) unknown.push(key);
    else no += count;
  }
  return { no, unknown, deeper: [...next.values()] };
}
