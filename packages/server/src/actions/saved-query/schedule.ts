import { Cron } from 'croner';
import * as z from 'zod';

/** When a saved query runs by itself: at times of a cron expression in UTC, or every so many minutes. */
export interface Schedule {
  readonly cron: string | null;
  readonly rateMinutes: number | null;
  /** How long one run may take. */
  readonly timeoutMinutes: number;
  readonly disabled: boolean;
}

/** The longest that one run may be given. */
export const timeoutMinutesMax = 10;
const rateMinutesMin = 2;
const rateMinutesMax = 366 * 24 * 60;

/** The schedule as clients give it; empty text and 0 are the same as nothing, as Panther's own clients send them. */
export const scheduleInput = z
  .strictObject({
    cron: z.string().trim().max(256).nullish(),
    rateMinutes: z.int().min(0).max(rateMinutesMax).nullish(),
    timeoutMinutes: z.int().min(0).max(timeoutMinutesMax, `at most ${timeoutMinutesMax} minutes`).nullish(),
    disabled: z.boolean().nullish(),
  })
  .transform(
    ({ cron, rateMinutes, timeoutMinutes, disabled }): Schedule => ({
      cron: cron || null,
      rateMinutes: rateMinutes || null,
      timeoutMinutes: timeoutMinutes || Math.min(rateMinutes || timeoutMinutesMax, timeoutMinutesMax),
      disabled: disabled ?? false,
    }),
  )
  .superRefine(({ cron, rateMinutes, timeoutMinutes }, context) => {
    const refuse = (field: keyof Schedule, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if ((cron === null) === (rateMinutes === null)) {
      refuse('cron', 'give either a cron expression or a rate in minutes');
    } else if (cron !== null) {
      const problem = cronProblem(cron);
      if (problem !== undefined) refuse('cron', problem);
    } else if (rateMinutes !== null && rateMinutes < rateMinutesMin) {
      refuse('rateMinutes', `at least ${rateMinutesMin} minutes`);
    } else if (rateMinutes !== null && rateMinutes < timeoutMinutes) {
      refuse('timeoutMinutes', 'must not be longer than the rate');
    }
  });

/** A time at which a query is due to run, and how many earlier ones were passed over. */
export interface DueTime {
  /** RFC 3339. */
  readonly at: string;
  readonly missed: number;
}

/** Passed over times are counted up to this. */
const missedMax = 1_000;

/**
 * The newest time after `since` and not after `now` at which the schedule is due; undefined for none. All earlier ones are
 * missed: after a time without an instance a query runs once.
 */
export function dueTime(schedule: Schedule, since: string, now: string): DueTime | undefined {
  const [from, to] = [Date.parse(since), Date.parse(now)];
  if (schedule.cron === null) {
    const periodMs = (schedule.rateMinutes ?? 0) * 60_000;
    const periods = Math.floor((to - from) / periodMs);
    if (!(periods >= 1)) return undefined;
    return { at: new Date(from + periods * periodMs).toISOString(), missed: periods - 1 };
  }
  const cron = cronOf(schedule.cron);
  // In whole seconds, of which croner gives those before another.
  const newest = before(cron, Math.floor(to / 1_000) * 1_000 + 1_000);
  if (newest === undefined || newest <= from) return undefined;
  let missed = 0;
  for (
    let time = before(cron, newest);
    time !== undefined && time > from && missed < missedMax;
    missed += 1
  ) {
    time = before(cron, time);
  }
  return { at: new Date(newest).toISOString(), missed };
}

function before(cron: Cron, timeMs: number): number | undefined {
  return cron.previousRuns(1, new Date(timeMs))[0]?.getTime();
}

/** The next time after `now` at which the schedule is due, RFC 3339; null for never. */
export function nextDueTime(schedule: Schedule, since: string, now: string): string | null {
  if (schedule.disabled) return null;
  if (schedule.cron !== null) return cronOf(schedule.cron).nextRun(new Date(now))?.toISOString() ?? null;
  const last = dueTime(schedule, since, now)?.at ?? since;
  return new Date(Date.parse(last) + (schedule.rateMinutes ?? 0) * 60_000).toISOString();
}

/** Without a function it only tells times. */
function cronOf(expression: string): Cron {
  return new Cron(expression, { timezone: 'UTC', mode: '5-part' });
}

function cronProblem(expression: string): string | undefined {
  try {
    if (cronOf(expression).nextRun() !== null) return undefined;
    return 'there is no such time';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `not a cron expression of five parts: ${error.message.replace(/^CronPattern: /, '')}`;
  }
}
