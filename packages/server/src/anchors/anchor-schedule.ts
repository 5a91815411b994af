import { type AuditRecord, decodeEntry } from '@pawprint/record';
import { anchorCheckpoint } from '../actions/anchor/anchor-checkpoint.ts';
import type { ActionRunner, Call } from '../actions/run-action.ts';
import { readSetting } from '../actions/settings/settings.ts';
import type { Clock } from '../clock.ts';
import type { EntrySource } from '../followers/follow.ts';
import type { Reader } from '../store/store.ts';
import { anchorDestinations, destinationName, type OfferedAnchors } from './anchor-destination.ts';

export interface AnchorSchedule {
  /** Sends what is due, now rather than at the next look. */
  check(): Promise<void>;
  /** As `check`, once the settings have changed: what failed before may be right now. */
  checkAnew(): Promise<void>;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface AnchorScheduleOptions {
  readonly runner: ActionRunner;
  readonly reader: Reader;
  readonly ledger: EntrySource;
  readonly offered: OfferedAnchors;
  readonly clock: Clock;
  /** The instance's own call of an action. */
  bySystem(description: string, input: Record<string, unknown>): Call;
}

const lookIntervalMs = 10_000;
const retryDelayMsMin = 30_000;
const batchEntries = 256;

interface Failures {
  readonly count: number;
  /** By the clock that never goes back. */
  readonly nextTryAtMs: number;
}

/**
 * Sends the checkpoint to each destination every so often, if something was added since; after a failure sooner, with
 * growing delays up to that same time. What it adds itself does not count, so that an idle instance comes to rest.
 */
export function scheduleAnchors(options: AnchorScheduleOptions): AnchorSchedule {
  const { runner, reader, ledger, offered, clock, bySystem } = options;
  const failures = new Map<string, Failures>();
  let working: Promise<void> | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const settings = await readSetting(reader, 'anchors');
    const intervalMs = settings.intervalMinutes * 60_000;
    const names = anchorDestinations(settings, offered).map(destinationName);
    const due: string[] = [];
    for (const name of names) if (await isDue(name, intervalMs)) due.push(name);
    if (due.length === 0 || stopped) return;
    const call = bySystem('Sends the checkpoint to where it is kept outside', { destinations: due });
    const failed = await runner.run(anchorCheckpoint, call).then(
      (outcome) => outcome.failed,
      // It is on record, for each of them.
      () => due,
    );
    for (const name of due) {
      if (failed.includes(name)) noteFailure(name, intervalMs);
      else failures.delete(name);
    }
  }

  async function isDue(name: string, intervalMs: number): Promise<boolean> {
    const { nextTryAtMs } = failures.get(name) ?? {};
    if (nextTryAtMs !== undefined && clock.monotonicMs() < nextTryAtMs) return false;
    const last = await reader
      .selectFrom('anchors')
      .selectAll()
      .where('destination', '=', name)
      .executeTakeFirst();
    if (last === undefined) return true;
    const elapsedMs = Number(clock.epochNanoseconds() / 1_000_000n) - Date.parse(last.anchored_at);
    // A time to come is one of a clock that was wrong.
    return (elapsedMs >= intervalMs || elapsedMs < 0) && hasNews(ledger, last.size);
  }

  function noteFailure(name: string, intervalMs: number): void {
    const count = (failures.get(name)?.count ?? 0) + 1;
    const delayMs = Math.min(retryDelayMsMin * 2 ** (count - 1), Math.max(intervalMs, retryDelayMsMin));
    failures.set(name, { count, nextTryAtMs: clock.monotonicMs() + delayMs });
  }

  async function check(): Promise<void> {
    await working;
    if (stopped) return;
    // What fails here fails again at the next look; the database's failures are told by everything else.
    working ??= look()
      .catch(() => undefined)
      .finally(() => {
        working = undefined;
      });
    await working;
  }

  const timer = setInterval(() => void check(), lookIntervalMs);
  timer.unref();
  return {
    check,
    checkAnew() {
      failures.clear();
      return check();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await working;
    },
  };
}

/** Whether the ledger has something from index `from` on that is not of the anchoring itself. */
async function hasNews(ledger: EntrySource, from: number): Promise<boolean> {
  for (let index = from; index < ledger.size; index += batchEntries) {
    const entries = await ledger.read(index, Math.min(index + batchEntries, ledger.size));
    if (entries.some((entry) => !isOfAnchoring(decodeEntry(entry).record))) return true;
  }
  return false;
}

function isOfAnchoring({ actionName, actor, actionParams }: AuditRecord): boolean {
  if (actionName === 'ANCHOR_CHECKPOINT') return actor.name === 'System';
  if (actionName !== 'REPORT_SYSTEM_ERROR' && actionName !== 'RESOLVE_SYSTEM_ERROR') return false;
  const { kind } = (actionParams as { static?: { kind?: unknown } } | undefined)?.static ?? {};
  return kind === 'anchor' || kind === 'time_stamp';
}
